//! Members coming in: owner keys made and shown, and sessions in a browser.

use super::super::acts::Acts;
use super::super::error::TenantError;
use crate::domain::actor::Actor;
use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{MemberId, TenantId};
use crate::domain::member::{Member, MemberKind, MemberSession};
use crate::domain::tenant::TenantStatus;
use crate::store::{NewSession, OwnerKeyRow, ShownBy};
use crate::tokens::{self, Kind, Token};

const DAY_SECONDS: i64 = 24 * 60 * 60;
/// How long an owner key signs in: a year, as an API key.
const OWNER_KEY_DAYS: i64 = 365;
/// How long a session lasts: a working day.
pub const SESSION_SECONDS: i64 = 8 * 60 * 60;

impl Acts {
    /// Gives a member an owner key, which signs it in at the pages. The key is in the answer and nowhere else. One that
    /// the member had works no longer, and its sessions end: that is how access is recovered, and taken back.
    pub async fn make_owner_key(
        &self,
        tenant: &TenantId,
        member: &MemberId,
        by: &Actor,
    ) -> Result<(OwnerKeyRow, Token), TenantError> {
        self.may_manage(tenant, by).await?;
        let holder = self.member(tenant, member).await?;
        if holder.kind == MemberKind::Service {
            return Err(TenantError::ServiceSignsIn);
        }
        let (row, token) = self.draw_owner_key(&holder)?;
        let event = self.event("owner_key.create", by, Some(tenant), vec![member.to_string()])?;
        if self.store.sign_in.put_owner_key(&row, &token.hash(), &event).await? {
            Ok((row, token))
        } else {
            Err(TenantError::NoSuchMember)
        }
    }

    /// The same for the member of this session, whatever its role, as long as the session has not ended.
    pub async fn renew_owner_key(&self, session: &MemberSession) -> Result<Token, TenantError> {
        let member = &session.member;
        let by = Actor::Member { member: member.id.clone(), person: member.name.clone() };
        let (row, token) = self.draw_owner_key(member)?;
        let event = self.event("owner_key.create", &by, Some(&member.tenant), vec![member.id.to_string()])?;
        if self.store.sign_in.renew_owner_key(&row, &token.hash(), &session.hash, &event).await? {
            Ok(token)
        } else {
            Err(TenantError::SignInAgain)
        }
    }

    pub(in crate::tenants) fn draw_owner_key(&self, member: &Member) -> Result<(OwnerKeyRow, Token), TenantError> {
        let (now, token) = (self.clock.now(), tokens::make(Kind::OwnerKey, &self.random)?);
        let row = OwnerKeyRow {
            tenant: member.tenant.clone(),
            member: member.id.clone(),
            last4: token.last4().to_owned(),
            created_at: now,
            expires_at: now.plus_seconds(OWNER_KEY_DAYS * DAY_SECONDS),
        };
        Ok((row, token))
    }

    /// The tenant's owner keys, without the keys.
    pub async fn owner_keys(&self, tenant: &TenantId) -> Result<Vec<OwnerKeyRow>, TenantError> {
        self.tenant(tenant).await?;
        Ok(self.store.sign_in.owner_keys(tenant).await?)
    }

    /// Exchanges an owner key for a session in a browser; `None` when it is none that works. A session is always new,
    /// so that one which somebody planted is never taken over.
    pub async fn sign_in(&self, presented: &str) -> Result<Option<(MemberSession, Token)>, TenantError> {
        let Ok((Kind::OwnerKey, hash)) = tokens::parse(presented.trim()) else { return Ok(None) };
        let found = self.store.sign_in.by_owner_key(&hash).await?;
        let Some((member, expires_at, status)) = found else { return Ok(None) };
        if expires_at <= self.clock.now() {
            self.note_refused_sign_in(&member, None, "owner_key_expired").await?;
            return Ok(None);
        }
        if status != TenantStatus::Active {
            self.note_refused_sign_in(&member, None, "tenant_suspended").await?;
            return Err(TenantError::WrongStatus(status));
        }
        let by = Actor::Member { member: member.id.clone(), person: member.name.clone() };
        let event = self.event("member.sign_in", &by, Some(&member.tenant), vec![member.id.to_string()])?;
        match self.open_session_since(&member, ShownBy::OwnerKey(&hash), self.clock.now(), None, Some(&event)).await {
            // It was replaced, or its member removed, a moment ago.
            Err(TenantError::NoSuchMember) => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Opens a session for a member who was given this owner key just now, which is written down already.
    pub async fn open_session(&self, member: &Member, key: &Token) -> Result<(MemberSession, Token), TenantError> {
        self.open_session_since(member, ShownBy::OwnerKey(&key.hash()), self.clock.now(), None, None).await
    }

    /// Opens a session for a member who proved then, and by this, who it is; what it was proved by may end before a working
    /// day does, and the session with it.
    pub(in crate::tenants) async fn open_session_since(
        &self,
        member: &Member,
        by: ShownBy<'_>,
        authenticated_at: Timestamp,
        until: Option<Timestamp>,
        event: Option<&AuditEvent>,
    ) -> Result<(MemberSession, Token), TenantError> {
        let (now, token) = (self.clock.now(), tokens::make(Kind::MemberSession, &self.random)?);
        let working_day = now.plus_seconds(SESSION_SECONDS);
        let expires_at = until.map_or(working_day, |until| until.min(working_day));
        let (tenant, id) = (&member.tenant, &member.id);
        let new = NewSession { hash: &token.hash(), tenant, member: id, by, now, authenticated_at, expires_at };
        if !self.store.sign_in.open_session(new, event).await? {
            return Err(TenantError::NoSuchMember);
        }
        Ok((MemberSession { hash: token.hash(), member: member.clone(), authenticated_at, expires_at }, token))
    }

    /// Whose session this cookie is; `None` when it is nobody's any more.
    pub async fn session(&self, cookie: &str) -> Result<Option<MemberSession>, TenantError> {
        let Ok((Kind::MemberSession, hash)) = tokens::parse(cookie) else { return Ok(None) };
        match self.store.sign_in.session(&hash, self.clock.now()).await? {
            None | Some((_, TenantStatus::Deleted)) => Ok(None),
            Some((session, TenantStatus::Active)) => Ok(Some(session)),
            Some((_, status @ TenantStatus::Suspended)) => Err(TenantError::WrongStatus(status)),
        }
    }

    /// Ends the session of this cookie, if it is one.
    pub async fn sign_out(&self, cookie: &str) -> Result<(), TenantError> {
        let Ok((Kind::MemberSession, hash)) = tokens::parse(cookie) else { return Ok(()) };
        let Some((session, _)) = self.store.sign_in.session(&hash, self.clock.now()).await? else { return Ok(()) };
        Ok(self.store.sign_in.close_session(&session.member.tenant, &hash).await?)
    }

    /// Whether the member proved who it is within the last `seconds`; what is grave asks again after that.
    pub fn is_fresh(&self, session: &MemberSession, seconds: i64) -> bool {
        self.clock.now() < session.authenticated_at.plus_seconds(seconds)
    }
}
