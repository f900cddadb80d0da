//! Somebody new with the keys of a Duo account: checked first, then kept.

use std::net::IpAddr;
use std::sync::Arc;

use duo_api::key::{KeyPairError, parse_pair};
use duo_api::{Api, ApiHost, SignatureVersion};
use futures_util::future::join_all;

use super::acts::{Acts, plain_text};
use super::context::Opener;
use super::credentials::{NewCredential, Verify, objects};
use super::error::TenantError;
use super::invites::{Founded, NewTenant, Prepared};
use super::probe::{Probed, Refuted, UNSEEN_SENTENCE};
use crate::domain::actor::Actor;
use crate::domain::connection::{AuthDefaults, Connection, CredentialStatus, SealedCredential};
use crate::domain::ids::ConnectionId;
use crate::domain::tenant::Slug;

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

/// Where on a form something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The invite.
    Invite,
    /// The tenant's name.
    Tenant,
    /// The owner's name.
    Owner,
    /// The API hostname.
    Host,
    /// The integration key of an application.
    IntegrationKey(Api),
    /// The secret key of an application.
    SecretKey(Api),
    /// Both keys of an application, or what Duo lets it do.
    Application(Api),
}

/// What is wrong, and where.
#[derive(Debug)]
pub struct Mistake {
    /// Where.
    pub at: At,
    /// What.
    pub why: TenantError,
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
#[derive(Debug)]
pub struct Welcomed {
    /// The tenant, its owner and the owner's key.
    pub founded: Founded,
    /// A sentence each: grants that an application lacks.
    pub notices: Vec<String>,
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
        let short = self.short_name(new.tenant)?;
        let (name, owner) = (new.tenant.to_owned(), new.owner.to_owned());
        let prepared = self.prepare_tenant(&NewTenant { slug: short, name, owner, duo_username: None })?;
        let connection = self.first_connection(&prepared, new.host)?;
        let checks = new.keys.iter().map(|pasted| self.check(&prepared, &connection, pasted));
        let (mut sealed, mut notices, mut mistakes) = (Vec::new(), Vec::new(), Vec::new());
        for (pasted, outcome) in new.keys.iter().zip(join_all(checks).await) {
            match outcome {
                Ok((credential, said)) => {
                    sealed.push(credential);
                    // What no check can see is no news to somebody who is just coming in.
                    let said = said.into_iter().filter(|said| !said.starts_with(UNSEEN_SENTENCE));
                    notices.extend(said.map(|said| format!("{}: {said}", pasted.api.title())));
                }
                Err(why) => match place(pasted.api, &why) {
                    Some(at) => mistakes.push(Mistake { at, why }),
                    None => return Err(why.into()),
                },
            }
        }
        if !mistakes.is_empty() {
            if mistakes.iter().any(|mistake| is_guess(&mistake.why)) {
                self.strangers.failed(&new.address, self.clock.now());
            }
            return Err(Unwelcome::Mistakes(mistakes));
        }
        let founded = self.enroll(shown.as_ref(), prepared).await.map_err(|error| match error {
            why @ TenantError::BadInvite => Unwelcome::Mistakes(vec![Mistake { at: At::Invite, why }]),
            other => other.into(),
        })?;
        self.keep(&founded, &connection, &sealed).await?;
        Ok(Welcomed { founded, notices })
    }

    /// A short name that nobody has: what the name gives, and something drawn, so that no name tells who is here.
    fn short_name(&self, name: &str) -> Result<String, TenantError> {
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
        Ok(if slug.is_empty() { format!("tenant-{drawn}") } else { format!("{slug}-{drawn}") })
    }

    fn first_connection(&self, prepared: &Prepared, host: &str) -> Result<Connection, TenantError> {
        Ok(Connection {
            id: ConnectionId::new(&self.random)?,
            tenant: prepared.tenant.id.clone(),
            name: Slug::parse(CONNECTION)?,
            label: None,
            host: ApiHost::parse(host)?,
            defaults: AuthDefaults::default(),
            created_at: self.clock.now(),
        })
    }

    /// Seals the keys of one application and asks Duo about them.
    async fn check(
        &self,
        prepared: &Prepared,
        connection: &Connection,
        pasted: &PastedKeys<'_>,
    ) -> Result<(SealedCredential, Vec<String>), TenantError> {
        let (ikey, skey) = parse_pair(pasted.ikey, pasted.skey)?;
        self.attempts.admit(&ikey, self.clock.now())?;
        let (api, signature, verify) = (pasted.api, SignatureVersion::default(), Verify::Now);
        let new = NewCredential { api, ikey: pasted.ikey, skey: pasted.skey, signature, verify };
        let mut sealed = self.seal(connection, &prepared.open_key, &new, &ikey, &skey).await?;
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

    async fn keep(
        &self,
        founded: &Founded,
        connection: &Connection,
        sealed: &[SealedCredential],
    ) -> Result<(), TenantError> {
        let (tenant, owner) = (Some(&founded.tenant.id), &founded.owner);
        let by = Actor::Member { member: owner.id.clone(), person: owner.name.clone() };
        let event = self.event("connection.put", &by, tenant, vec![connection.name.to_string()])?;
        self.store.connections.put(connection, &event).await?;
        for credential in sealed {
            let event = self.event("credential.put", &by, tenant, objects(connection, credential))?;
            self.store.credentials.put(credential, &event).await?;
        }
        Ok(())
    }
}

/// What is wrong without asking anybody.
fn shapes(new: &Newcomer<'_>) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut found = |at: At, why: TenantError| mistakes.push(Mistake { at, why });
    if let Err(why) = plain_text(new.tenant, "a tenant's name") {
        found(At::Tenant, why);
    }
    if let Err(why) = plain_text(new.owner, "a member's name") {
        found(At::Owner, why);
    }
    if let Err(why) = ApiHost::parse(new.host) {
        found(At::Host, why.into());
    }
    for PastedKeys { api, ikey, skey } in &new.keys {
        if let Err(why) = parse_pair(ikey, skey) {
            found(half(*api, why), why.into());
        }
    }
    mistakes
}

fn half(api: Api, why: KeyPairError) -> At {
    match why {
        KeyPairError::Swapped => At::Application(api),
        KeyPairError::IntegrationKey | KeyPairError::IntegrationKeyIsSecret => At::IntegrationKey(api),
        KeyPairError::SecretKey | KeyPairError::SecretKeyIsIntegrationKey => At::SecretKey(api),
    }
}

/// Whether somebody may have been trying keys that are not theirs.
fn is_guess(why: &TenantError) -> bool {
    matches!(why, TenantError::Refuted(refuted) if refuted.is_wrong_key())
}

/// Where what Duo said belongs; `None` for what nobody typed.
fn place(api: Api, why: &TenantError) -> Option<At> {
    match why {
        TenantError::BadKeys(why) => Some(half(api, *why)),
        TenantError::TooManyAttempts { .. } => Some(At::IntegrationKey(api)),
        TenantError::Refuted(refuted) => Some(match refuted {
            Refuted::Unreachable { .. } => At::Host,
            Refuted::IntegrationKey => At::IntegrationKey(api),
            Refuted::SecretKey => At::SecretKey(api),
            Refuted::WrongApplication(_) | Refuted::Forbidden | Refuted::Clock | Refuted::NotNow(_) => {
                At::Application(api)
            }
        }),
        _ => None,
    }
}
