//! What somebody new typed wrongly, and at which field it belongs.

use duo_api::key::{KeyPairError, parse_pair};
use duo_api::{Api, ApiHost};

use super::super::acts::plain_text;
use super::super::credentials::Refuted;
use super::super::error::TenantError;
use super::welcome::{Newcomer, PastedKeys};

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

/// What is wrong without asking anybody.
pub(super) fn shapes(new: &Newcomer<'_>) -> Vec<Mistake> {
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
pub(super) fn is_guess(why: &TenantError) -> bool {
    matches!(why, TenantError::Refuted(refuted) if refuted.is_wrong_key())
}

impl Mistake {
    /// What is wrong with the keys of this application, or with their hostname; the error itself where nobody typed it.
    pub fn of(api: Api, why: TenantError) -> Result<Self, TenantError> {
        let at = match &why {
            TenantError::BadKeys(why) => half(api, *why),
            TenantError::TooManyAttempts { .. } => At::IntegrationKey(api),
            TenantError::Refuted(refuted) => match refuted {
                Refuted::Unreachable { .. } => At::Host,
                Refuted::IntegrationKey => At::IntegrationKey(api),
                Refuted::SecretKey => At::SecretKey(api),
                Refuted::WrongApplication(_) | Refuted::Forbidden | Refuted::Clock | Refuted::NotNow(_) => {
                    At::Application(api)
                }
            },
            _ => return Err(why),
        };
        Ok(Self { at, why })
    }
}
