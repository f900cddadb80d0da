//! Acts on members: made, listed, looked up.

use super::acts::{Acts, plain_text};
use super::error::TenantError;
use crate::domain::actor::Actor;
use crate::domain::ids::{MemberId, TenantId};
use crate::domain::member::{Member, MemberKind, Role};
use crate::domain::scope::Scopes;
use crate::store::StoreError;

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

impl Acts {
    /// Makes a member.
    pub async fn create_member(&self, tenant: &TenantId, new: &NewMember, by: &Actor) -> Result<Member, TenantError> {
        self.tenant(tenant).await?;
        let member = Member {
            id: MemberId::new(&self.random)?,
            tenant: tenant.clone(),
            name: plain_text(&new.name, "a member's name")?,
            kind: new.kind,
            duo_username: new.duo_username.as_deref().map(|name| plain_text(name, "a Duo username")).transpose()?,
            role: new.role,
            scopes: new.scopes,
            standing: Vec::new(),
            created_at: self.clock.now(),
            removed_at: None,
        };
        let event = self.event("member.create", by, Some(tenant), vec![member.id.to_string()])?;
        self.store.members.create(&member, &event).await.map_err(|error| taken(error, &member))?;
        Ok(member)
    }

    /// The member, unless it was removed.
    pub async fn member(&self, tenant: &TenantId, member: &MemberId) -> Result<Member, TenantError> {
        let found = self.store.members.find(tenant, member).await?;
        found.filter(|found| found.removed_at.is_none()).ok_or(TenantError::NoSuchMember)
    }

    /// The tenant's members, removed ones too.
    pub async fn members(&self, tenant: &TenantId) -> Result<Vec<Member>, TenantError> {
        self.tenant(tenant).await?;
        Ok(self.store.members.list(tenant).await?)
    }
}

/// Says which name another member has.
pub(super) fn taken(error: StoreError, member: &Member) -> TenantError {
    match error {
        StoreError::Conflict("name") => TenantError::MemberNameTaken(member.name.clone()),
        StoreError::Conflict("duo username") => {
            TenantError::DuoUsernameTaken(member.duo_username.clone().unwrap_or_default())
        }
        other => other.into(),
    }
}
