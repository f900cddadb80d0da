//! The demo's members, and how its owner and a newcomer come in.

use crate::domain::actor::Actor;
use crate::domain::ids::TenantId;
use crate::domain::member::{Member, MemberKind, Role};
use crate::domain::scope::Scopes;
use crate::server::Parts;
use crate::tenants::{NewMember, TenantError};

use super::kept::Kept;

/// The name of the demo's owner.
pub(super) const OWNER: &str = "Demo person";

/// The demo's members.
pub(super) struct People {
    /// A person who may do everything.
    pub(super) owner: Member,
    /// A person of the help desk.
    pub(super) help_desk: Member,
    /// A program that acts by itself.
    pub(super) agent: Member,
}

/// The members; those that an interrupted start, or one of before there were members, left are taken.
pub(super) async fn people(parts: &Parts, tenant: &TenantId) -> anyhow::Result<People> {
    let make = async |name: &str, kind: MemberKind, role: Role, duo_username: Option<&str>| {
        match parts.acts.find_member(tenant, name).await {
            Err(TenantError::NoSuchMember) => {}
            found => return found,
        }
        let (name, duo_username) = (name.to_owned(), duo_username.map(str::to_owned));
        let new = NewMember { name, kind, duo_username, role, scopes: Scopes::all() };
        parts.acts.create_member(tenant, &new, &Actor::Console).await
    };
    Ok(People {
        owner: make(OWNER, MemberKind::Person, Role::Owner, Some("mrossi")).await?,
        help_desk: make("Demo help desk", MemberKind::Person, Role::HelpDesk, Some("asmith")).await?,
        agent: make("Demo agent", MemberKind::Service, Role::Administrator, None).await?,
    })
}

/// A key that signs this member in.
pub(super) async fn owner_key(parts: &Parts, owner: &Member) -> anyhow::Result<String> {
    let made = parts.acts.make_owner_key(&owner.tenant, &owner.id, &Actor::Console).await?;
    Ok(made.1.expose().to_owned())
}

/// An invite into the demo's tenant, for the help desk.
pub(super) async fn invite(parts: &Parts, tenant: &TenantId) -> anyhow::Result<String> {
    let made = parts.acts.create_invite(Some(tenant), Role::HelpDesk, Scopes::all(), &Actor::Console).await?;
    Ok(made.1.expose().to_owned())
}

async fn is_open(parts: &Parts, invite: &str) -> anyhow::Result<bool> {
    let Ok((_, hash)) = crate::tokens::parse(invite) else { return Ok(false) };
    let found = parts.store.invites.find_by_hash(&hash).await?;
    Ok(found.is_some_and(|found| found.is_open(parts.clock.now())))
}

/// Makes what an earlier start did not make, or what does not work any more; true when something is new.
pub(super) async fn bring_up_to_date(parts: &Parts, kept: &mut Kept) -> anyhow::Result<bool> {
    let before = (kept.owner_key.clone(), kept.invite.clone());
    if kept.owner_key.is_empty() {
        let people = people(parts, &kept.tenant_id).await?;
        // A member of before there were members is an administrator.
        let owner = if people.owner.role == Role::Owner {
            people.owner
        } else {
            let edit = crate::tenants::MemberEdit { role: Some(Role::Owner), ..Default::default() };
            parts.acts.change_member(&kept.tenant_id, &people.owner.id, &edit, &Actor::Console).await?
        };
        kept.owner_key = owner_key(parts, &owner).await?;
    }
    if !is_open(parts, &kept.invite).await? {
        kept.invite = invite(parts, &kept.tenant_id).await?;
    }
    Ok(before != (kept.owner_key.clone(), kept.invite.clone()))
}
