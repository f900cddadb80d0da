//! Acts on members: made, changed, removed, looked up.

use super::acts::{Acts, plain_text};
use super::error::TenantError;
use crate::domain::actor::Actor;
use crate::domain::ids::{MemberId, TenantId};
use crate::domain::member::{Member, MemberDiff, MemberKind, Role};
use crate::domain::scope::Scopes;
use crate::domain::standing::{NewStanding, StandingApproval};
use crate::store::{MemberChange, StoreError};

/// A member as an operator or an owner asks for it.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Its name.
    pub name: String,
    /// A person or a service.
    pub kind: MemberKind,
    /// Its username in Duo, where the name does not give it.
    pub duo_username: Option<String>,
    /// What it may do at most.
    pub role: Role,
    /// What it may do at most within the role.
    pub scopes: Scopes,
}

impl Default for NewMember {
    /// Nobody yet, who may only look.
    fn default() -> Self {
        let (kind, role) = (MemberKind::Person, Role::ReadOnly);
        Self { name: String::new(), kind, duo_username: None, role, scopes: Scopes::all() }
    }
}

/// What is to be otherwise about a member; what is left out stays as it is.
#[derive(Clone, Debug, Default)]
pub struct MemberEdit {
    /// Another name.
    pub name: Option<String>,
    /// Another Duo username; empty for none.
    pub duo_username: Option<String>,
    /// Another role.
    pub role: Option<Role>,
    /// Other bounds within the role.
    pub scopes: Option<Scopes>,
    /// Other approvals in advance, for all keys of the member.
    pub standing: Option<Vec<NewStanding>>,
    /// Whether it says yes or no to what waits.
    pub approves: Option<bool>,
}

impl Acts {
    /// Makes a member.
    pub async fn create_member(&self, tenant: &TenantId, new: &NewMember, by: &Actor) -> Result<Member, TenantError> {
        self.may_manage(tenant, by).await?;
        let member = self.new_member(tenant, new)?;
        let event = self.event("member.create", by, Some(tenant), vec![member.id.to_string()])?;
        self.store.members.create(&member, &event).await.map_err(|error| taken(error, &member))?;
        Ok(member)
    }

    /// A member that is not kept yet.
    pub(super) fn new_member(&self, tenant: &TenantId, new: &NewMember) -> Result<Member, TenantError> {
        let duo_username = duo_username(new.duo_username.as_deref())?;
        if new.kind == MemberKind::Service && duo_username.is_some() {
            return Err(TenantError::ServiceInDuo);
        }
        Ok(Member {
            id: MemberId::new(&self.random)?,
            tenant: tenant.clone(),
            name: plain_text(&new.name, "a member's name")?,
            kind: new.kind,
            duo_username,
            role: new.role,
            scopes: new.scopes,
            standing: Vec::new(),
            approves: false,
            created_at: self.clock.now(),
            removed_at: None,
        })
    }

    /// Changes a member. A narrower role holds for all its keys within two seconds on every replica; the last owner
    /// stays one.
    pub async fn change_member(
        &self,
        tenant: &TenantId,
        member: &MemberId,
        edit: &MemberEdit,
        by: &Actor,
    ) -> Result<Member, TenantError> {
        self.may_manage(tenant, by).await?;
        let before = self.member(tenant, member).await?;
        let username = edit.duo_username.as_deref().map(|text| duo_username(Some(text))).transpose()?;
        if before.kind == MemberKind::Service && matches!(username, Some(Some(_))) {
            return Err(TenantError::ServiceInDuo);
        }
        if before.kind == MemberKind::Service && edit.approves == Some(true) {
            return Err(TenantError::ServiceApproves);
        }
        let diff = MemberDiff {
            name: edit.name.as_deref().map(|name| plain_text(name, "a member's name")).transpose()?,
            duo_username: username.map(Option::unwrap_or_default),
            role: edit.role,
            scopes: edit.scopes,
            standing: edit.standing.as_deref().map(|standing| given(standing, by)).transpose()?,
            approves: edit.approves,
        };
        let mut event = self.event("member.change", by, Some(tenant), vec![member.to_string()])?;
        event.digest = self.standing_digest(tenant, "member.change", diff.standing.as_deref().unwrap_or_default());
        let outcome = self.store.members.change(tenant, member, &diff, &event).await;
        done(outcome.map_err(|error| taken(error, &diff.of(&before)))?)?;
        self.member(tenant, member).await
    }

    /// Removes a member. Its keys, its owner key and its sessions end at once, on every replica within two seconds.
    pub async fn remove_member(&self, tenant: &TenantId, member: &MemberId, by: &Actor) -> Result<(), TenantError> {
        self.may_manage(tenant, by).await?;
        let event = self.event("member.remove", by, Some(tenant), vec![member.to_string()])?;
        done(self.store.members.remove(tenant, member, self.clock.now(), &event).await?)
    }

    /// The member, unless it was removed.
    pub async fn member(&self, tenant: &TenantId, member: &MemberId) -> Result<Member, TenantError> {
        let found = self.store.members.find(tenant, member).await?;
        found.filter(|found| found.removed_at.is_none()).ok_or(TenantError::NoSuchMember)
    }

    /// The member of this id or name, unless it was removed.
    pub async fn find_member(&self, tenant: &TenantId, text: &str) -> Result<Member, TenantError> {
        match MemberId::parse(text.trim()) {
            Ok(id) => self.member(tenant, &id).await,
            Err(_) => self.store.members.find_by_name(tenant, text.trim()).await?.ok_or(TenantError::NoSuchMember),
        }
    }

    /// The tenant's members, removed ones too.
    pub async fn members(&self, tenant: &TenantId) -> Result<Vec<Member>, TenantError> {
        self.tenant(tenant).await?;
        Ok(self.store.members.list(tenant).await?)
    }

    /// Refuses who may not manage this tenant: of its members only owners may, and only in a browser, because a key or
    /// a client that could make keys would outlive its own end. The store looks again when it holds the tenant.
    pub(super) async fn may_manage(&self, tenant: &TenantId, by: &Actor) -> Result<(), TenantError> {
        self.tenant(tenant).await?;
        let member = match by {
            Actor::Operator { .. } | Actor::Console | Actor::House => return Ok(()),
            Actor::Key { .. } | Actor::Grant { .. } => return Err(TenantError::NotAnOwner),
            Actor::Member { member, .. } => self.store.members.find(tenant, member).await?,
        };
        if member.is_some_and(|member| member.manages()) { Ok(()) } else { Err(TenantError::NotAnOwner) }
    }
}

/// Approvals, each given by this actor.
pub(super) fn given(standing: &[NewStanding], by: &Actor) -> Result<Vec<StandingApproval>, TenantError> {
    Ok(standing.iter().map(|approval| approval.given_by(by.person())).collect::<Result<_, _>>()?)
}

fn duo_username(text: Option<&str>) -> Result<Option<String>, TenantError> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    text.map(|text| plain_text(text, "a Duo username")).transpose()
}

fn done(outcome: MemberChange) -> Result<(), TenantError> {
    match outcome {
        MemberChange::Done => Ok(()),
        MemberChange::Missing => Err(TenantError::NoSuchMember),
        MemberChange::LastOwner => Err(TenantError::LastOwner),
    }
}

/// Says which name another member has.
pub(super) fn taken(error: StoreError, member: &Member) -> TenantError {
    match error {
        StoreError::Conflict("name") => TenantError::MemberNameTaken(member.name.clone()),
        StoreError::Conflict("duo username") => {
            TenantError::DuoUsernameTaken(member.duo_username.as_ref().unwrap_or(&member.name).clone())
        }
        other => other.into(),
    }
}
