//! Acts on Duo credentials: checked, sealed, stored, and never shown again.

use std::sync::Arc;

use duo_api::key::parse_pair;
use duo_api::{Api, IntegrationKey, Keys, SecretKey, SignatureVersion};

use super::super::acts::Acts;
use super::super::context::Opener;
use super::super::error::TenantError;
use super::probe::{Probed, probe};
use crate::domain::actor::Actor;
use crate::domain::connection::{Connection, CredentialStatus, SealedCredential};
use crate::domain::ids::{CredentialId, TenantId};
use crate::vault::{DataKey, fingerprint};

/// A credential on its way in. It has no `Debug`: one of its fields is a secret.
pub struct NewCredential<'a> {
    /// Which of Duo's APIs it opens.
    pub api: Api,
    /// The integration key, as it was pasted.
    pub ikey: &'a str,
    /// The secret key, as it was pasted.
    pub skey: &'a str,
    /// How requests are signed with it.
    pub signature: SignatureVersion,
    /// Whether Duo is asked first.
    pub verify: Verify,
}

/// Whether a credential is checked with Duo before it is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// Now; what Duo does not accept is not stored.
    #[default]
    Now,
    /// Later, because Duo cannot be reached now; until then it is of no use.
    Later,
}

/// A credential that is stored, and what a person should know about it.
#[derive(Clone, Debug)]
pub struct StoredCredential {
    /// The row; its keys are sealed.
    pub credential: SealedCredential,
    /// A sentence each: grants that are missing or cannot be seen, a key of unusual length.
    pub notices: Vec<String>,
}

impl Acts {
    /// Checks, seals and stores a credential, in place of the connection's former one for this API.
    pub async fn put_credential(
        &self,
        tenant: &TenantId,
        connection: &str,
        new: NewCredential<'_>,
        by: &Actor,
    ) -> Result<StoredCredential, TenantError> {
        self.may_manage(tenant, by).await?;
        let connection = self.connection(tenant, connection).await?;
        let (ikey, skey) = parse_pair(new.ikey, new.skey)?;
        if new.verify == Verify::Now {
            self.attempts.admit(&ikey, self.clock.now())?;
        }
        let data_key = Arc::new(self.data_key(tenant).await?);
        let mut sealed = self.seal(&connection, &data_key, &new, &ikey, &skey).await?;
        let unusual = skey.is_unusual().then(|| "The secret key has an unusual length: normally it has 40.".to_owned());
        drop(skey);
        let mut notices: Vec<String> = unusual.into_iter().collect();
        if new.verify == Verify::Now {
            let keys = Opener::new(&self.vault, &data_key, Arc::new(sealed.clone()));
            let probed = self.ask_duo(&keys, &ikey, new.api).await?;
            notices.extend(probed.notices);
            sealed.grants = probed.grants;
            sealed.status = CredentialStatus::Verified;
            sealed.verified_at = Some(self.clock.now());
        }
        let event = self.event("credential.put", by, Some(tenant), objects(&connection, &sealed))?;
        self.store.credentials.put(&sealed, &event).await?;
        Ok(StoredCredential { credential: sealed, notices })
    }

    /// Checks a stored credential with Duo again. What Duo says of the keys is stored; what it could not say is not.
    pub async fn verify_credential(
        &self,
        tenant: &TenantId,
        connection: &str,
        api: Api,
        by: &Actor,
    ) -> Result<StoredCredential, TenantError> {
        self.may_manage(tenant, by).await?;
        let connection = self.connection(tenant, connection).await?;
        let mut sealed = self.credential(&connection, api).await?;
        let data_key = Arc::new(self.data_key(tenant).await?);
        let keys = Opener::new(&self.vault, &data_key, Arc::new(sealed.clone()));
        // The keys are opened for the count of attempts only; a row that was moved or damaged ends here.
        let ikey = self.vault.open_credential(&sealed, &data_key)?.key;
        self.attempts.admit(&ikey, self.clock.now())?;
        let outcome = self.ask_duo(&keys, &ikey, api).await;
        let (status, probed) = match &outcome {
            Ok(probed) => (CredentialStatus::Verified, probed.clone()),
            Err(TenantError::Refuted(refuted)) if refuted.is_verdict() => {
                (CredentialStatus::Rejected, Probed::default())
            }
            Err(_) => return outcome.map(|_| StoredCredential { credential: sealed, notices: vec![] }),
        };
        let (now, action) = (self.clock.now(), "credential.verify");
        let mut event = self.event(action, by, Some(tenant), objects(&connection, &sealed))?;
        if status == CredentialStatus::Rejected {
            event.outcome = crate::domain::audit::AuditOutcome::Failed;
            event.code = Some("credential_rejected".to_owned());
        }
        let (id, version) = (&sealed.id, sealed.version);
        let stored = self.store.credentials.checked(tenant, id, version, status, &probed.grants, now, &event);
        if !stored.await? {
            return Err(TenantError::Changed);
        }
        outcome?;
        (sealed.status, sealed.grants, sealed.verified_at) = (status, probed.grants, Some(now));
        Ok(StoredCredential { credential: sealed, notices: probed.notices })
    }

    /// Removes a connection's credential for this API.
    pub async fn delete_credential(
        &self,
        tenant: &TenantId,
        connection: &str,
        api: Api,
        by: &Actor,
    ) -> Result<(), TenantError> {
        self.may_manage(tenant, by).await?;
        let connection = self.connection(tenant, connection).await?;
        let sealed = self.credential(&connection, api).await?;
        let event = self.event("credential.delete", by, Some(tenant), objects(&connection, &sealed))?;
        if self.store.credentials.delete(tenant, &connection.id, api, &event).await? {
            Ok(())
        } else {
            Err(TenantError::Changed)
        }
    }

    async fn credential(&self, connection: &Connection, api: Api) -> Result<SealedCredential, TenantError> {
        let found = self.store.credentials.find(&connection.tenant, &connection.id, api).await?;
        found.ok_or_else(|| TenantError::NoCredential { connection: connection.name.to_string(), api })
    }

    /// The new row: the former one's id and the next version, so that what was sealed before does not open any more.
    pub(in crate::tenants) async fn seal(
        &self,
        connection: &Connection,
        data_key: &DataKey,
        new: &NewCredential<'_>,
        ikey: &IntegrationKey,
        skey: &SecretKey,
    ) -> Result<SealedCredential, TenantError> {
        let stored = self.store.credentials.find(&connection.tenant, &connection.id, new.api).await?;
        let (id, version) = match stored {
            Some(stored) => (stored.id, stored.version + 1),
            None => (CredentialId::new(&self.random)?, 1),
        };
        let keys = self.vault.seal_credential(data_key, &id, version, ikey, skey)?;
        Ok(SealedCredential {
            id,
            tenant: connection.tenant.clone(),
            connection: connection.id.clone(),
            api: new.api,
            host: connection.host.clone(),
            ikey: keys.ikey,
            skey: keys.skey,
            ikey_last4: ikey.last4().to_owned(),
            fingerprint: fingerprint(&self.house, &connection.host, ikey, skey),
            signature: new.signature,
            version,
            status: CredentialStatus::Unverified,
            grants: vec![],
            verified_at: None,
        })
    }

    pub(in crate::tenants) async fn ask_duo(
        &self,
        keys: &dyn Keys,
        ikey: &IntegrationKey,
        api: Api,
    ) -> Result<Probed, TenantError> {
        probe(&self.client, keys, api, self.clock.now()).await.map_err(|refuted| {
            if refuted.is_wrong_key() {
                self.attempts.failed(ikey, self.clock.now());
            }
            refuted.into()
        })
    }
}

pub(in crate::tenants) fn objects(connection: &Connection, sealed: &SealedCredential) -> Vec<String> {
    vec![connection.name.to_string(), sealed.id.to_string(), format!("version {}", sealed.version)]
}
