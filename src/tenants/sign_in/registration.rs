//! Registering passkeys, looking at them, removing them.

use sha2::{Digest, Sha256};
use webauthn_rs::prelude::{Uuid, WebauthnError};

use super::super::acts::{Acts, plain_text};
use super::super::error::TenantError;
use super::ceremony::{Asked, Ceremony, Purpose, open, seal};
use super::party::RelyingParty;
use crate::domain::actor::Actor;
use crate::domain::ids::{MemberId, PasskeyId, TenantId};
use crate::domain::member::{Member, MemberKind, MemberSession};
use crate::domain::passkey::Passkey;
use crate::store::passkeys::{Added, NewPasskey};
use crate::vault::unhex;

/// How many passkeys a member may have.
const MOST: i64 = 10;
/// How long after a sign-in a passkey may be added without another.
const FRESH_SECONDS: i64 = 10 * 60;

impl Acts {
    /// Whether members can have passkeys here. They cannot where the gateway is reached by an address and not a name.
    pub fn has_passkeys(&self) -> bool {
        self.passkeys.is_some()
    }

    /// Asks a member who has just signed in for a new passkey. `browser` is a secret that only this browser has.
    pub async fn start_passkey(&self, session: &MemberSession, browser: &str) -> Result<Ceremony, TenantError> {
        let (party, member) = (self.party()?, &session.member);
        self.may_register(session)?;
        let tenant = self.tenant(&member.tenant).await?;
        let has = self.store.passkeys.credential_ids(&tenant.id, &member.id).await?;
        if i64::try_from(has.len()).unwrap_or(i64::MAX) >= MOST {
            return Err(TenantError::TooManyPasskeys { most: MOST });
        }
        let has = has.iter().filter_map(|id| unhex(id)).collect();
        // Somebody who is a member of two tenants tells them apart by this.
        let name = format!("{} ({})", member.name, tenant.name);
        let asked = party.ask_new(handle(&member.id), (&name, &member.name), has);
        let (options, state) = asked.map_err(|error| refused(&error))?;
        let asked = Asked { browser, member: member.id.as_str() };
        let state = seal(&self.house, asked, Purpose::Register, state, self.clock.now());
        Ok(Ceremony { options: options.to_string(), state })
    }

    /// Keeps the passkey that a browser made, by the name that its holder gives it.
    pub async fn finish_passkey(
        &self,
        session: &MemberSession,
        browser: &str,
        (state, answer): (&str, &str),
        name: &str,
    ) -> Result<Passkey, TenantError> {
        let (party, member, now) = (self.party()?, &session.member, self.clock.now());
        self.may_register(session)?;
        let asked = Asked { browser, member: member.id.as_str() };
        let returned = open(&self.house, asked, Purpose::Register, state, now).ok_or(TenantError::StalePasskey)?;
        let made = party.take_new(&returned.state, answer).map_err(|error| refused(&error))?;
        let given = if name.trim().is_empty() { usual_name(&now.to_string()) } else { name.to_owned() };
        let passkey = Passkey {
            id: PasskeyId::new(&self.random)?,
            tenant: member.tenant.clone(),
            member: member.id.clone(),
            name: plain_text(&given, "a passkey's name")?,
            created_at: now,
            last_used_at: None,
        };
        let by = Actor::Member { member: member.id.clone(), person: member.name.clone() };
        let objects = vec![member.id.to_string(), passkey.id.to_string()];
        let event = self.event("passkey.create", &by, Some(&member.tenant), objects)?;
        let new = NewPasskey {
            passkey: &passkey,
            credential_id: &made.id,
            credential: &made.credential,
            counter: made.counter,
            question: returned.question,
            session: &session.hash,
            most: MOST,
        };
        match self.store.passkeys.add(new, &event).await? {
            Added::Done => Ok(passkey),
            Added::SignedOut => Err(TenantError::SignInAgain),
            Added::TooMany => Err(TenantError::TooManyPasskeys { most: MOST }),
            Added::Known => Err(TenantError::PasskeyTaken),
            Added::Answered => Err(TenantError::StalePasskey),
        }
    }

    /// The tenant's passkeys, or one member's.
    pub async fn passkeys(&self, tenant: &TenantId, member: Option<&MemberId>) -> Result<Vec<Passkey>, TenantError> {
        self.tenant(tenant).await?;
        Ok(self.store.passkeys.list(tenant, member).await?)
    }

    /// Removes a passkey; the sessions that it opened end. A member may remove its own, whatever its role.
    pub async fn remove_passkey(&self, tenant: &TenantId, passkey: &PasskeyId, by: &Actor) -> Result<(), TenantError> {
        let found = self.passkeys(tenant, None).await?.into_iter().find(|found| found.id == *passkey);
        let holder = found.as_ref().map(|found| &found.member);
        if holder.is_none() || by.member() != holder || !matches!(by, Actor::Member { .. }) {
            self.may_manage(tenant, by).await?;
        }
        let holder = holder.ok_or(TenantError::NoSuchPasskey)?;
        let objects = vec![holder.to_string(), passkey.to_string()];
        let event = self.event("passkey.remove", by, Some(tenant), objects)?;
        let removed = self.store.passkeys.remove(tenant, passkey, &event).await?;
        if removed { Ok(()) } else { Err(TenantError::NoSuchPasskey) }
    }

    pub(super) fn party(&self) -> Result<&RelyingParty, TenantError> {
        self.passkeys.as_deref().ok_or(TenantError::NoPasskeys)
    }

    /// A passkey outlives the session that made it, so whoever makes one has just shown who it is.
    fn may_register(&self, session: &MemberSession) -> Result<(), TenantError> {
        match session.member.kind {
            MemberKind::Service => Err(TenantError::ServiceSignsIn),
            MemberKind::Person if !self.is_fresh(session, FRESH_SECONDS) => Err(TenantError::SignInAgain),
            MemberKind::Person => Ok(()),
        }
    }
}

/// By which an authenticator knows the member: always the same, and it says nothing of anybody.
pub(super) fn handle(member: &MemberId) -> Uuid {
    let digest = Sha256::digest(format!("duo-mcp-gateway/passkey/v1/{member}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(bytes)
}

pub(super) fn is_for(member: &Member, named: Uuid) -> bool {
    handle(&member.id) == named
}

/// What a passkey is called that was given no name: the day that it was made.
fn usual_name(now: &str) -> String {
    format!("Passkey of {}", now.split('T').next().unwrap_or(now))
}

fn refused(error: &WebauthnError) -> TenantError {
    TenantError::BadPasskey(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::Random;

    #[test]
    fn a_member_is_always_known_by_the_same_and_no_two_by_one() {
        let random = Random::seeded(3);
        let (ann, bob) = (MemberId::new(&random).unwrap(), MemberId::new(&random).unwrap());
        assert_eq!(handle(&ann), handle(&ann));
        assert_ne!(handle(&ann), handle(&bob));
        assert_eq!(usual_name("2026-11-22T08:00:00Z"), "Passkey of 2026-11-22");
    }
}
