//! Invites: made and shown once, used once; a second use is refused and noted.

use std::sync::Arc;

use super::acts::{Acts, plain_text};
use super::error::TenantError;
use super::members::{NewMember, taken};
use crate::domain::actor::Actor;
use crate::domain::audit::AuditOutcome;
use crate::domain::ids::{InviteId, TenantId};
use crate::domain::invite::Invite;
use crate::domain::member::{Member, MemberKind, MemberSession, Role};
use crate::domain::scope::Scopes;
use crate::domain::tenant::{Slug, Tenant, TenantStatus};
use crate::store::{DataKeyRow, Founder, StoreError};
use crate::tokens::{self, Kind, Token, TokenHash};
use crate::vault::{DataKey, WrappedDataKey};

/// How long an invite works.
const INVITE_SECONDS: i64 = 72 * 60 * 60;

/// A tenant that somebody makes for himself.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// Its short name.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// The name of its first owner.
    pub owner: String,
    /// The owner's username in Duo.
    pub duo_username: Option<String>,
}

/// A tenant that is not kept yet.
pub(super) struct Prepared {
    pub(super) tenant: Tenant,
    pub(super) owner: Member,
    data_key: DataKeyRow,
    pub(super) open_key: Arc<DataKey>,
}

/// A tenant that was made, with its first owner and the key by which the owner comes back.
pub struct Founded {
    /// The tenant.
    pub tenant: Tenant,
    /// Its first owner.
    pub owner: Member,
    /// The owner's key, to be shown once.
    pub owner_key: Token,
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

    /// Makes who shows this invite a member of its tenant, and signs the member in. The name is the member's own choice, so
    /// it makes nobody somebody in Duo: that an owner or an operator does, by setting or clearing the Duo username.
    pub async fn join(
        &self,
        presented: &str,
        name: &str,
        duo_username: Option<&str>,
    ) -> Result<(MemberSession, Token), TenantError> {
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
        let joined = self.store.invites.join(&hash, &member, self.clock.now(), &event).await;
        if !joined.map_err(|error| taken(error, &member))? {
            // Somebody else used it a moment ago.
            self.note_refused(&invite, "invite_used").await?;
            return Err(TenantError::BadInvite);
        }
        self.open_session(&member).await
    }

    /// Makes a tenant for somebody new, who becomes its owner, by an invite where one is needed. It is always a new
    /// one: nothing that is known here opens a tenant that exists.
    pub async fn found_tenant(&self, invite: Option<&str>, new: &NewTenant) -> Result<Founded, TenantError> {
        let shown = match invite {
            Some(presented) => Some(self.presented(presented).await?),
            None => None,
        };
        if shown.as_ref().is_some_and(|(invite, _)| invite.tenant.is_some()) {
            return Err(TenantError::BadInvite);
        }
        let prepared = self.prepare_tenant(new)?;
        self.enroll(shown.as_ref(), prepared).await
    }

    /// A tenant with its first owner that is not kept yet, and its open data key.
    pub(super) fn prepare_tenant(&self, new: &NewTenant) -> Result<Prepared, TenantError> {
        let (slug, name) = (Slug::parse(new.slug.trim())?, plain_text(&new.name, "a tenant's name")?);
        let id = TenantId::new(&self.random)?;
        let (open_key, WrappedDataKey { version, kek_id, wrapped }) = self.vault.new_data_key(&id, 1)?;
        let data_key = DataKeyRow { tenant: id.clone(), version, kek_id, wrapped };
        let (status, created_at) = (TenantStatus::Active, self.clock.now());
        let tenant = Tenant { id, slug, name, status, revision: 0, created_at, require_push: false };
        let (name, duo_username) = (new.owner.clone(), new.duo_username.clone());
        let owner = NewMember { name, duo_username, role: Role::Owner, ..NewMember::default() };
        let owner = self.new_member(&tenant.id, &owner)?;
        Ok(Prepared { tenant, owner, data_key, open_key: Arc::new(open_key) })
    }

    /// Keeps a prepared tenant, and uses up the invite.
    pub(super) async fn enroll(
        &self,
        shown: Option<&(Invite, TokenHash)>,
        prepared: Prepared,
    ) -> Result<Founded, TenantError> {
        let Prepared { tenant, owner, data_key, .. } = prepared;
        let (key, owner_key) = self.draw_owner_key(&owner)?;
        let by = Actor::Member { member: owner.id.clone(), person: owner.name.clone() };
        let mut objects = vec![owner.id.to_string()];
        objects.extend(shown.map(|(invite, _)| invite.id.to_string()));
        let event = self.event("tenant.found", &by, Some(&tenant.id), objects)?;
        let founder = Founder { member: &owner, key: &key, hash: &owner_key.hash() };
        let hash = shown.map(|(_, hash)| hash);
        match self.store.invites.enroll_tenant(hash, &tenant, &data_key, founder, &event).await {
            Err(StoreError::Conflict("slug")) => Err(TenantError::SlugTaken(tenant.slug.to_string())),
            Err(error) => Err(error.into()),
            Ok(Some(tenant)) => Ok(Founded { tenant, owner, owner_key }),
            Ok(None) => {
                if let Some((invite, _)) = shown {
                    self.note_refused(invite, "invite_used").await?;
                }
                Err(TenantError::BadInvite)
            }
        }
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
    async fn note_refused(&self, invite: &Invite, code: &str) -> Result<(), TenantError> {
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

impl std::fmt::Debug for Founded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Founded({})", self.tenant.id)
    }
}
