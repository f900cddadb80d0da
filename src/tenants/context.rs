//! A tenant as a request sees it: its connections, and the way to their keys.

use std::fmt;
use std::sync::Arc;

use duo_api::{Api, Credential, Keys, KeysUnavailable};

use super::error::TenantError;
use crate::domain::connection::{Connection, CredentialStatus, SealedCredential};
use crate::domain::policy::Opens;
use crate::domain::tenant::Tenant;
use crate::vault::{DataKey, Vault};

/// A tenant, its connections and its open data key, as they were at one revision. Shared by requests; never global.
#[derive(Clone, Debug)]
pub struct TenantContext {
    /// The tenant.
    pub tenant: Tenant,
    /// Its connections, by name.
    pub connections: Vec<Arc<ConnectionContext>>,
    /// Whether some member says yes or no to what waits; where none does, operators do.
    pub has_approver: bool,
    /// What opens its secrets.
    pub data_key: Arc<DataKey>,
    pub(super) vault: Arc<Vault>,
}

/// A connection with its credentials.
#[derive(Clone, Debug)]
pub struct ConnectionContext {
    /// The connection.
    pub connection: Connection,
    /// Its credentials, sealed, at most one for each API.
    pub credentials: Vec<Arc<SealedCredential>>,
}

impl TenantContext {
    /// Which of Duo's APIs the tenant can use somewhere. Only what Duo accepted counts.
    pub fn opens(&self) -> Opens {
        let verified = self.connections.iter().flat_map(|connection| connection.verified());
        verified.fold(Opens::default(), |opens, credential| opens.with(credential.api))
    }

    /// The house counter at the tenant's last change.
    pub fn revision(&self) -> i64 {
        self.tenant.revision
    }

    /// The connection of this name, in any case.
    pub fn connection(&self, name: &str) -> Option<&Arc<ConnectionContext>> {
        self.connections.iter().find(|each| each.connection.name.as_str().eq_ignore_ascii_case(name))
    }

    /// The names of the connections.
    pub fn names(&self) -> Vec<String> {
        self.connections.iter().map(|each| each.connection.name.to_string()).collect()
    }

    /// What signs with this very credential, accepted or not: for checking it.
    pub fn opener(&self, sealed: &Arc<SealedCredential>) -> Opener {
        Opener::new(&self.vault, &self.data_key, Arc::clone(sealed))
    }

    /// What signs with this connection's credential, if Duo accepted it.
    pub fn credential(&self, connection: &ConnectionContext, api: Api) -> Result<Opener, TenantError> {
        let sealed = connection.credential(api)?;
        Ok(Opener::new(&self.vault, &self.data_key, Arc::clone(sealed)))
    }
}

impl ConnectionContext {
    /// The credentials that Duo accepted.
    pub fn verified(&self) -> impl Iterator<Item = &Arc<SealedCredential>> {
        self.credentials.iter().filter(|credential| credential.status == CredentialStatus::Verified)
    }

    /// Which of Duo's APIs this connection can use. Only what Duo accepted counts.
    pub fn opens(&self) -> Opens {
        self.verified().fold(Opens::default(), |opens, credential| opens.with(credential.api))
    }

    /// The credential for this API, if Duo accepted it.
    pub fn credential(&self, api: Api) -> Result<&Arc<SealedCredential>, TenantError> {
        let connection = || self.connection.name.to_string();
        match self.credentials.iter().find(|credential| credential.api == api) {
            None => Err(TenantError::NoCredential { connection: connection(), api }),
            Some(found) if found.status == CredentialStatus::Verified => Ok(found),
            Some(found) => {
                Err(TenantError::NotVerified { connection: connection(), api, status: found.status.as_str() })
            }
        }
    }
}

/// One sealed credential and what opens it. It is opened anew for each signature, and never kept open.
#[derive(Clone)]
pub struct Opener {
    vault: Arc<Vault>,
    data_key: Arc<DataKey>,
    sealed: Arc<SealedCredential>,
}

impl Opener {
    pub(super) fn new(vault: &Arc<Vault>, data_key: &Arc<DataKey>, sealed: Arc<SealedCredential>) -> Self {
        Self { vault: Arc::clone(vault), data_key: Arc::clone(data_key), sealed }
    }

    /// The credential that it opens, sealed.
    pub fn sealed(&self) -> &SealedCredential {
        &self.sealed
    }
}

impl Keys for Opener {
    fn open(&self) -> Result<Credential, KeysUnavailable> {
        self.vault.open_credential(&self.sealed, &self.data_key).map_err(|error| {
            // A row that was moved or damaged: somebody should look at it.
            tracing::error!(tenant.id = %self.sealed.tenant, credential.id = %self.sealed.id, %error,
                "a stored credential does not open");
            KeysUnavailable::new(error.to_string())
        })
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opener({})", self.sealed.id)
    }
}
