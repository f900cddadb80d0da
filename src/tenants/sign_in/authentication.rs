//! Signing in by a passkey: nobody types who it is.

use super::super::acts::Acts;
use super::super::error::TenantError;
use super::ceremony::{Asked, Ceremony, Purpose, open, seal};
use super::owner_keys::SESSION_SECONDS;
use super::party::Unproven;
use super::registration::is_for;
use crate::domain::actor::Actor;
use crate::domain::audit::AuditOutcome;
use crate::domain::member::{Member, MemberSession};
use crate::domain::passkey::Passkey;
use crate::domain::tenant::TenantStatus;
use crate::store::passkeys::{PasskeySession, PresentedPasskey};
use crate::tokens::{self, Kind, Token};

impl Acts {
    /// Asks whoever sits there for a passkey; `None` where there are none. `browser` is a secret that only this browser
    /// has. The question is the same for everybody and keeps nothing.
    pub fn ask_for_passkey(&self, browser: &str) -> Result<Option<Ceremony>, TenantError> {
        let Some(party) = self.passkeys.as_deref() else { return Ok(None) };
        let (options, state) = party.ask_any().map_err(|error| TenantError::BadPasskey(error.to_string()))?;
        let asked = Asked { browser, member: "" };
        let state = seal(&self.house, asked, Purpose::SignIn, state, self.clock.now());
        Ok(Some(Ceremony { options: options.to_string(), state }))
    }

    /// Exchanges a passkey's signature for a session in a browser; `None` when it is none that works, whatever is wrong
    /// with it. A question that ran out, was answered before or was put to another browser is
    /// [`TenantError::StalePasskey`].
    pub async fn sign_in_by_passkey(
        &self,
        browser: &str,
        (state, answer): (&str, &str),
    ) -> Result<Option<(MemberSession, Token)>, TenantError> {
        let (party, now) = (self.party()?, self.clock.now());
        let asked = Asked { browser, member: "" };
        let returned = open(&self.house, asked, Purpose::SignIn, state, now).ok_or(TenantError::StalePasskey)?;
        if self.store.passkeys.is_answered(&returned.question.hash).await? {
            return Err(TenantError::StalePasskey);
        }
        let Some((id, handle, answer)) = party.names(answer) else { return Ok(None) };
        let Some(found) = self.store.passkeys.find(&id).await? else { return Ok(None) };
        let PresentedPasskey { passkey, credential, member, status } = found;
        if !is_for(&member, handle) {
            self.note_refused_sign_in(&member, Some(&passkey.id), "passkey_wrong").await?;
            return Ok(None);
        }
        let signed = match party.check(&returned.state, &answer, &credential) {
            Ok(signed) => signed,
            Err(Unproven::Wrong) => {
                self.note_refused_sign_in(&member, Some(&passkey.id), "passkey_wrong").await?;
                return Ok(None);
            }
            Err(Unproven::Copied) => {
                self.note_copied(&member, &passkey).await?;
                return Ok(None);
            }
        };
        // Told only to who has shown who it is.
        if status != TenantStatus::Active {
            self.note_refused_sign_in(&member, Some(&passkey.id), "tenant_suspended").await?;
            return Err(TenantError::WrongStatus(status));
        }
        let token = tokens::make(Kind::MemberSession, &self.random)?;
        let expires_at = now.plus_seconds(SESSION_SECONDS);
        let new = PasskeySession {
            passkey: &passkey,
            credential: &signed.credential,
            counter: signed.counter,
            question: returned.question,
            hash: token.hash(),
            authenticated_at: now,
            expires_at,
        };
        let by = Actor::Member { member: member.id.clone(), person: member.name.clone() };
        let objects = vec![member.id.to_string(), passkey.id.to_string()];
        let event = self.event("member.sign_in", &by, Some(&member.tenant), objects)?;
        if !self.store.passkeys.open_session(new, &event).await? {
            return Err(TenantError::StalePasskey);
        }
        Ok(Some((MemberSession { hash: token.hash(), member, authenticated_at: now, expires_at }, token)))
    }

    /// Writes down that a passkey signed which has been copied: who has the copy is not known.
    async fn note_copied(&self, member: &Member, passkey: &Passkey) -> Result<(), TenantError> {
        tracing::warn!(member.id = %member.id, passkey.id = %passkey.id, "A passkey counts fewer signatures than before");
        let objects = vec![member.id.to_string(), passkey.id.to_string()];
        let mut event = self.event("passkey.refused", &Actor::House, Some(&member.tenant), objects)?;
        event.outcome = AuditOutcome::Denied;
        event.code = Some("passkey_copied".to_owned());
        Ok(self.store.audit.append(&[event]).await?)
    }
}
