//! Somebody new with the keys of a Duo account: checked first, then kept.

use std::net::IpAddr;
use std::sync::Arc;

use duo_api::key::parse_pair;
use duo_api::{Api, ApiHost, SignatureVersion};
use futures_util::future::join_all;

use super::super::acts::{Acts, plain_text};
use super::super::context::Opener;
use super::super::credentials::{NewCredential, Verify, objects};
use super::super::credentials::{Probed, Refuted, UNSEEN_SENTENCE};
use super::super::error::TenantError;
use super::super::members::NewMember;
use super::mistakes::{At, Mistake, is_guess, shapes};
use crate::domain::actor::Actor;
use crate::domain::connection::{AuthDefaults, Connection, CredentialStatus, SealedCredential};
use crate::domain::ids::{ConnectionId, TenantId};
use crate::domain::invite::Invite;
use crate::domain::member::{Member, Role};
use crate::domain::preset::Preset;
use crate::domain::tenant::{Slug, Tenant, TenantStatus};
use crate::store::{self, DataKeyRow};
use crate::tokens::{Token, TokenHash};
use crate::vault::{DataKey, WrappedDataKey};

/// What the first connection of a new tenant is called.
const CONNECTION: &str = "main";

/// The keys of one Duo application, as they were pasted. It has no `Debug`: one of its fields is a secret.
pub struct PastedKeys<'a> {
    /// Which of Duo's APIs they are to open.
    pub api: Api,
    /// The integration key.
    pub ikey: &'a str,
    /// The secret key.
    pub skey: &'a str,
}

/// Somebody new, and what was typed.
pub struct Newcomer<'a> {
    /// What the tenant is called.
    pub tenant: &'a str,
    /// What its first owner is called.
    pub owner: &'a str,
    /// The API hostname.
    pub host: &'a str,
    /// The keys, of one to three applications.
    pub keys: Vec<PastedKeys<'a>>,
    /// The invite, where one is needed.
    pub invite: Option<&'a str>,
    /// Where the person sits: who tries wrong keys too often waits.
    pub address: IpAddr,
}

/// Why nobody was let in.
#[derive(Debug)]
pub enum Unwelcome {
    /// What was typed does not work.
    Mistakes(Vec<Mistake>),
    /// Something failed that typing anew does not mend.
    Failed(TenantError),
}

impl From<TenantError> for Unwelcome {
    fn from(error: TenantError) -> Self {
        Self::Failed(error)
    }
}

/// A tenant that was made with its Duo account.
pub struct Welcomed {
    /// The tenant.
    pub tenant: Tenant,
    /// Its first owner.
    pub owner: Member,
    /// The key by which the owner comes back, to be shown once.
    pub owner_key: Token,
    /// A sentence each: grants that an application lacks.
    pub notices: Vec<String>,
}

impl std::fmt::Debug for Welcomed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Welcomed({})", self.tenant.id)
    }
}

/// A tenant that is not kept yet, with what its keys are sealed by.
struct Prepared {
    tenant: Tenant,
    owner: Member,
    data_key: DataKeyRow,
    open_key: Arc<DataKey>,
    connection: Connection,
}

impl Acts {
    /// Makes a tenant for somebody who has the keys of a Duo account, after Duo has accepted every one of them. It is
    /// always a new one: that an account is known here already is not looked up, so nothing can be learned by trying, and
    /// nothing that is kept here is opened.
    pub async fn welcome(&self, new: &Newcomer<'_>) -> Result<Welcomed, Unwelcome> {
        let shown = match new.invite {
            None => None,
            Some(presented) => match self.presented(presented).await {
                Ok(shown) if shown.0.tenant.is_none() => Some(shown),
                Ok(_) | Err(TenantError::BadInvite) => {
                    return Err(Unwelcome::Mistakes(vec![Mistake { at: At::Invite, why: TenantError::BadInvite }]));
                }
                Err(other) => return Err(other.into()),
            },
        };
        let mistakes = shapes(new);
        if !mistakes.is_empty() {
            return Err(Unwelcome::Mistakes(mistakes));
        }
        self.strangers.admit(&new.address, self.clock.now())?;
        let prepared = self.prepare(new)?;
        let checks = new.keys.iter().map(|pasted| self.check(&prepared, pasted));
        let (mut sealed, mut notices, mut mistakes) = (Vec::new(), Vec::new(), Vec::new());
        for (pasted, outcome) in new.keys.iter().zip(join_all(checks).await) {
            match outcome {
                Ok((credential, said)) => {
                    sealed.push(credential);
                    // What no check can see is no news to somebody who is just coming in.
                    let said = said.into_iter().filter(|said| !said.starts_with(UNSEEN_SENTENCE));
                    notices.extend(said.map(|said| format!("{}: {said}", pasted.api.title())));
                }
                Err(why) => mistakes.push(Mistake::of(pasted.api, why)?),
            }
        }
        if !mistakes.is_empty() {
            if mistakes.iter().any(|mistake| is_guess(&mistake.why)) {
                self.strangers.failed(&new.address, self.clock.now());
            }
            return Err(Unwelcome::Mistakes(mistakes));
        }
        match self.enroll(shown.as_ref(), &prepared, &sealed).await {
            Ok(owner_key) => {
                // Nobody needs many subscriptions a quarter of an hour, and none of them goes away by itself.
                self.strangers.failed(&new.address, self.clock.now());
                let Prepared { tenant, owner, .. } = prepared;
                Ok(Welcomed { tenant, owner, owner_key, notices })
            }
            Err(why @ TenantError::BadInvite) => Err(Unwelcome::Mistakes(vec![Mistake { at: At::Invite, why }])),
            Err(other) => Err(other.into()),
        }
    }

    /// Keeps the tenant with its account, whole or not at all, and uses up the invite.
    async fn enroll(
        &self,
        shown: Option<&(Invite, TokenHash)>,
        prepared: &Prepared,
        credentials: &[SealedCredential],
    ) -> Result<Token, TenantError> {
        let Prepared { tenant, owner, data_key, connection, .. } = prepared;
        let (key, owner_key) = self.draw_owner_key(owner)?;
        let by = Actor::Member { member: owner.id.clone(), person: owner.name.clone() };
        let mut named = vec![owner.id.to_string()];
        named.extend(shown.map(|(invite, _)| invite.id.to_string()));
        let mut events = vec![
            self.event("tenant.found", &by, Some(&tenant.id), named)?,
            self.event("connection.put", &by, Some(&tenant.id), vec![connection.name.to_string()])?,
        ];
        for credential in credentials {
            events.push(self.event("credential.put", &by, Some(&tenant.id), objects(connection, credential))?);
        }
        let (hash, events) = (owner_key.hash(), &events[..]);
        let new = store::NewTenant { tenant, data_key, owner, key: &key, hash: &hash, connection, credentials, events };
        if self.store.invites.enroll_tenant(shown.map(|(_, hash)| hash), &new).await? {
            return Ok(owner_key);
        }
        if let Some((invite, _)) = shown {
            self.note_refused(invite, "invite_used").await?;
        }
        Err(TenantError::BadInvite)
    }

    fn prepare(&self, new: &Newcomer<'_>) -> Result<Prepared, TenantError> {
        let (slug, name) = (self.short_name(new.tenant)?, plain_text(new.tenant, "a tenant's name")?);
        let (id, created_at, status) = (TenantId::new(&self.random)?, self.clock.now(), TenantStatus::Active);
        let (open_key, WrappedDataKey { version, kek_id, wrapped }) = self.vault.new_data_key(&id, 1)?;
        let data_key = DataKeyRow { tenant: id.clone(), version, kek_id, wrapped };
        let preset = Preset::default();
        let tenant = Tenant { id, slug, name, status, revision: 0, created_at, require_push: false, preset };
        let owner = NewMember { name: new.owner.to_owned(), role: Role::Owner, ..NewMember::default() };
        let owner = self.new_member(&tenant.id, &owner)?;
        let connection = Connection {
            id: ConnectionId::new(&self.random)?,
            tenant: tenant.id.clone(),
            name: Slug::parse(CONNECTION)?,
            label: None,
            host: ApiHost::parse(new.host)?,
            defaults: AuthDefaults::default(),
            created_at,
        };
        Ok(Prepared { tenant, owner, data_key, open_key: Arc::new(open_key), connection })
    }

    /// A short name that nobody has: what the name gives, and something drawn, so that no name tells who is here.
    fn short_name(&self, name: &str) -> Result<Slug, TenantError> {
        let mut slug = String::new();
        for c in name.trim().chars().take(28).map(|c| c.to_ascii_lowercase()) {
            if c.is_ascii_lowercase() || c.is_ascii_digit() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        let drawn = self.random.base62::<8>()?.to_ascii_lowercase();
        let slug = slug.trim_end_matches('-');
        let slug = if slug.is_empty() { "tenant" } else { slug };
        Ok(Slug::parse(&format!("{slug}-{drawn}"))?)
    }

    /// Seals the keys of one application and asks Duo about them.
    async fn check(
        &self,
        prepared: &Prepared,
        pasted: &PastedKeys<'_>,
    ) -> Result<(SealedCredential, Vec<String>), TenantError> {
        let (ikey, skey) = parse_pair(pasted.ikey, pasted.skey)?;
        self.attempts.admit(&ikey, self.clock.now())?;
        let (api, signature, verify) = (pasted.api, SignatureVersion::default(), Verify::Now);
        let new = NewCredential { api, ikey: pasted.ikey, skey: pasted.skey, signature, verify };
        let mut sealed = self.seal(&prepared.connection, &prepared.open_key, &new, &ikey, &skey).await?;
        drop(skey);
        let keys = Opener::new(&self.vault, &prepared.open_key, Arc::new(sealed.clone()));
        let Probed { grants, notices } = self.ask_duo(&keys, &ikey, api).await?;
        if api == Api::Admin && grants.is_empty() {
            return Err(Refuted::Forbidden.into());
        }
        sealed.grants = grants;
        sealed.status = CredentialStatus::Verified;
        sealed.verified_at = Some(self.clock.now());
        Ok((sealed, notices))
    }
}
