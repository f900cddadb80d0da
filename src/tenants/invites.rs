//! Invites: made and shown once, used once; a second use is refused and noted.

use super::acts::Acts;
use super::error::TenantError;
use super::members::{NewMember, taken};
use crate::domain::actor::Actor;
use crate::domain::audit::AuditOutcome;
use crate::domain::ids::{InviteId, TenantId};
use crate::domain::invite::Invite;
use crate::domain::member::{Member, MemberKind, Role};
use crate::domain::scope::Scopes;
use crate::domain::tenant::TenantStatus;
use crate::tokens::{self, Kind, Token, TokenHash};

/// How long an invite works.
const INVITE_SECONDS: i64 = 72 * 60 * 60;

/// A member that an invite made.
pub struct Joined {
    /// The member.
    pub member: Member,
    /// The key by which the member comes back, to be shown once.
    pub owner_key: Token,
}

impl std::fmt::Debug for Joined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Joined({})", self.member.id)
    }
}

impl Acts {
    /// Makes an invite into a tenant, or without one an invite to make a tenant. The token is in the answer and nowhere
    /// else.
    pub async fn create_invite(
        &self,
        tenant: Option<&TenantId>,
        role: Role,
        scopes: Scopes,
        by: &Actor,
    ) -> Result<(Invite, Token), TenantError> {
        match tenant {
            Some(tenant) => self.may_manage(tenant, by).await?,
            None if by.member().is_some() => return Err(TenantError::NotAnOwner),
            None => {}
        }
        if role.ceiling().and(scopes).is_empty() {
            return Err(TenantError::NoScopes);
        }
        let (now, token) = (self.clock.now(), tokens::make(Kind::Invite, &self.random)?);
        let invite = Invite {
            id: InviteId::new(&self.random)?,
            tenant: tenant.cloned(),
            role: if tenant.is_some() { role } else { Role::Owner },
            scopes: if tenant.is_some() { scopes } else { Scopes::all() },
            last4: token.last4().to_owned(),
            made_by: by.clone(),
            created_at: now,
            expires_at: now.plus_seconds(INVITE_SECONDS),
            used_at: None,
            used_by: None,
            revoked_at: None,
        };
        let event = self.event("invite.create", by, tenant, vec![invite.id.to_string()])?;
        self.store.invites.create(&invite, &token.hash(), &event).await?;
        Ok((invite, token))
    }

    /// The tenant's invites, or those to make a tenant; used ones too.
    pub async fn invites(&self, tenant: Option<&TenantId>) -> Result<Vec<Invite>, TenantError> {
        if let Some(tenant) = tenant {
            self.tenant(tenant).await?;
        }
        Ok(self.store.invites.list(tenant).await?)
    }

    /// Takes an invite back.
    pub async fn revoke_invite(
        &self,
        tenant: Option<&TenantId>,
        invite: &InviteId,
        by: &Actor,
    ) -> Result<(), TenantError> {
        if let Some(tenant) = tenant {
            self.may_manage(tenant, by).await?;
        } else if by.member().is_some() {
            return Err(TenantError::NotAnOwner);
        }
        let event = self.event("invite.revoke", by, tenant, vec![invite.to_string()])?;
        let revoked = self.store.invites.revoke(tenant, invite, self.clock.now(), &event).await?;
        if revoked { Ok(()) } else { Err(TenantError::NoSuchInvite) }
    }

    /// The invite that this is, if it still works. Using one again is noted: it may have been stolen.
    pub async fn open_invite(&self, presented: &str) -> Result<Invite, TenantError> {
        let (invite, _) = self.presented(presented).await?;
        Ok(invite)
    }

    /// Makes who shows this invite a member of its tenant, with an owner key: the invite works once, so nobody comes out of
    /// this without a way back in. The name is the member's own choice, so it makes nobody somebody in Duo: that an owner
    /// or an operator does, by setting or clearing the Duo username.
    pub async fn join(&self, presented: &str, name: &str, duo_username: Option<&str>) -> Result<Joined, TenantError> {
        let (invite, hash) = self.presented(presented).await?;
        let tenant = invite.tenant.as_ref().ok_or(TenantError::BadInvite)?;
        let status = self.tenant(tenant).await?.status;
        if status != TenantStatus::Active {
            return Err(TenantError::WrongStatus(status));
        }
        let (kind, role, scopes) = (MemberKind::Person, invite.role, invite.scopes);
        let duo_username = duo_username.map(str::to_owned);
        let new = NewMember { name: name.to_owned(), kind, duo_username, role, scopes };
        let mut member = self.new_member(tenant, &new)?;
        member.duo_username.get_or_insert_default();
        let by = Actor::Member { member: member.id.clone(), person: member.name.clone() };
        let objects = vec![invite.id.to_string(), member.id.to_string()];
        let event = self.event("member.join", &by, Some(tenant), objects)?;
        let (key, owner_key) = self.draw_owner_key(&member)?;
        let kept = (&key, &owner_key.hash());
        let joined = self.store.invites.join(&hash, &member, kept, self.clock.now(), &event).await;
        if !joined.map_err(|error| taken(error, &member))? {
            // Somebody else used it a moment ago.
            self.note_refused(&invite, "invite_used").await?;
            return Err(TenantError::BadInvite);
        }
        Ok(Joined { member, owner_key })
    }

    pub(super) async fn presented(&self, presented: &str) -> Result<(Invite, TokenHash), TenantError> {
        let Ok((Kind::Invite, hash)) = tokens::parse(presented.trim()) else { return Err(TenantError::BadInvite) };
        let Some(invite) = self.store.invites.find_by_hash(&hash).await? else { return Err(TenantError::BadInvite) };
        let now = self.clock.now();
        if invite.is_open(now) {
            return Ok((invite, hash));
        }
        let code = match (invite.used_at, invite.revoked_at) {
            (Some(_), _) => "invite_used",
            (None, Some(_)) => "invite_revoked",
            (None, None) => "invite_expired",
        };
        self.note_refused(&invite, code).await?;
        Err(TenantError::BadInvite)
    }

    /// Writes down that an invite was shown which works no longer: who shows it is not known, and it may be a thief or
    /// the one whom a thief forestalled.
    pub(super) async fn note_refused(&self, invite: &Invite, code: &str) -> Result<(), TenantError> {
        if !self.refusals.is_news(&invite.id, self.clock.now()) {
            return Ok(());
        }
        tracing::warn!(invite.id = %invite.id, code, "An invite was shown that does not work any more");
        let objects = vec![invite.id.to_string()];
        let mut event = self.event("invite.refused", &Actor::House, invite.tenant.as_ref(), objects)?;
        event.outcome = AuditOutcome::Denied;
        event.code = Some(code.to_owned());
        Ok(self.store.audit.append(&[event]).await?)
    }
}
