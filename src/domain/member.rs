//! Members: the people and services of a tenant, each with a role.
//!
//! A member is who acts; a key or a grant is a means of acting. Until a tenant has policies, the role alone bounds what
//! a member's keys and grants may do: the effective right is what was granted, and of that what the role may have.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::ids::{MemberId, TenantId};
use super::scope::{Scope, Scopes};
use super::standing::StandingApproval;

/// A person or a service of a tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its identifier.
    pub id: MemberId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its name; phones, approvals and the audit log say it. Unique among the tenant's members.
    pub name: String,
    /// A person or a service.
    pub kind: MemberKind,
    /// Its username in Duo, where it differs from what the connection's format makes of the name. Empty: nobody in Duo, as
    /// long as nobody but the member has said who it is.
    pub duo_username: Option<String>,
    /// What it may do at most.
    pub role: Role,
    /// What it may do at most within the role; every scope, unless an invite or an owner narrowed it.
    pub scopes: Scopes,
    /// What was approved in advance, for all its keys; what it lets a client do always asks.
    pub standing: Vec<StandingApproval>,
    /// Whether it says yes or no to what waits, though it is no owner.
    pub approves: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was removed; its row stays, as what the audit log speaks of.
    pub removed_at: Option<Timestamp>,
}

impl Member {
    /// Whether somebody vouches for who it is. Whoever comes in by an invite has said so himself, and nobody else yet.
    pub fn is_vouched_for(&self) -> bool {
        self.duo_username.as_deref() != Some("")
    }

    /// The most that its keys and grants may be used for; nothing once it is removed.
    pub fn ceiling(&self) -> Scopes {
        if self.removed_at.is_some() { Scopes::default() } else { self.role.ceiling().and(self.scopes) }
    }

    /// What a key or grant of this member may be used for: what was granted, and of that what the member may have.
    pub fn rights(&self, granted: Scopes) -> Scopes {
        granted.and(self.ceiling())
    }

    /// The member with bounds that its tenant sets.
    #[must_use]
    pub fn within(&self, bounds: Scopes) -> Self {
        Self { scopes: self.scopes.and(bounds), ..self.clone() }
    }

    /// Whether it may say yes or no to what waits.
    pub fn may_approve(&self) -> bool {
        self.manages() || self.removed_at.is_none() && self.approves && self.kind == MemberKind::Person
    }

    /// Whether it may manage the tenant: members, keys, connections.
    pub fn manages(&self) -> bool {
        self.removed_at.is_none() && self.role == Role::Owner && self.kind == MemberKind::Person
    }
}

/// What is to be otherwise about a member, checked; what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemberDiff {
    /// Another name.
    pub name: Option<String>,
    /// Another Duo username; empty for none.
    pub duo_username: Option<String>,
    /// Another role.
    pub role: Option<Role>,
    /// Other bounds within the role.
    pub scopes: Option<Scopes>,
    /// Other approvals in advance.
    pub standing: Option<Vec<StandingApproval>>,
    /// Whether it says yes or no to what waits.
    pub approves: Option<bool>,
}

impl MemberDiff {
    /// The member with what is otherwise.
    pub fn of(&self, before: &Member) -> Member {
        let username = self.duo_username.as_ref().map(|name| Some(name.clone()).filter(|name| !name.is_empty()));
        Member {
            name: self.name.clone().unwrap_or_else(|| before.name.clone()),
            duo_username: username.unwrap_or_else(|| before.duo_username.clone()),
            role: self.role.unwrap_or(before.role),
            scopes: self.scopes.unwrap_or(before.scopes),
            standing: self.standing.clone().unwrap_or_else(|| before.standing.clone()),
            approves: self.approves.unwrap_or(before.approves),
            ..before.clone()
        }
    }
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberKind {
    /// A person, who can sign in and can be asked.
    Person,
    /// A program that acts by itself, through keys.
    Service,
}

impl MemberKind {
    /// The kind as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Service => "service",
        }
    }

    /// The kind that this text names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Person, Self::Service].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A member's role, named as Duo names its administrators' roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, and the tenant itself: members, keys, connections.
    Owner,
    /// Everything in Duo.
    Administrator,
    /// Users and their devices, and the logs.
    UserManager,
    /// Users and their devices, and verifying callers.
    HelpDesk,
    /// Looking, at the logs too.
    ReadOnly,
}

/// A word that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown role `{0}`; known are owner, administrator, user_manager, help_desk and read_only")]
pub struct UnknownRole(pub String);

impl Role {
    /// All of them, the widest first.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Administrator, Self::UserManager, Self::HelpDesk, Self::ReadOnly];

    /// The role as it is stored and written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Administrator => "administrator",
            Self::UserManager => "user_manager",
            Self::HelpDesk => "help_desk",
            Self::ReadOnly => "read_only",
        }
    }

    /// The scopes that keys and grants of such a member have at most.
    pub fn ceiling(self) -> Scopes {
        match self {
            Self::Owner | Self::Administrator => Scopes::all(),
            Self::UserManager => [Scope::Read, Scope::Logs, Scope::Auth, Scope::Write].into_iter().collect(),
            Self::HelpDesk => [Scope::Read, Scope::Auth, Scope::Write].into_iter().collect(),
            Self::ReadOnly => [Scope::Read, Scope::Logs].into_iter().collect(),
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// A member's session in a browser: who, and since when the member is known to sit there.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberSession {
    /// The hash of its cookie, by which it is known.
    pub hash: [u8; 32],
    /// Who.
    pub member: Member,
    /// When the member last proved who it is; what is grave asks again after a while.
    pub authenticated_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::random::Random;

    /// A member to test with.
    pub(crate) fn member(tenant: &TenantId, role: Role) -> Member {
        Member {
            id: MemberId::new(&Random::system()).unwrap(),
            tenant: tenant.clone(),
            name: "p".into(),
            kind: MemberKind::Person,
            duo_username: None,
            role,
            scopes: Scopes::all(),
            standing: vec![],
            approves: false,
            created_at: Timestamp(0),
            removed_at: None,
        }
    }

    proptest! {
        #[test]
        fn no_member_has_more_than_was_granted_and_than_it_may_have(bits in 0u8..64, own in 0u8..64, which in 0usize..5) {
            let set = |bits: u8| -> Scopes { Scope::ALL.into_iter().filter(|s| bits & (1 << *s as u8) != 0).collect() };
            let (granted, own) = (set(bits), set(own));
            let it = member(&TenantId::new(&Random::seeded(1)).unwrap(), Role::ALL[which]);
            let it = Member { scopes: own, ..it };
            let rights = it.rights(granted);
            for scope in Scope::ALL {
                let expected = granted.has(scope) && own.has(scope) && it.role.ceiling().has(scope);
                prop_assert_eq!(rights.has(scope), expected);
            }
            let removed = Member { removed_at: Some(Timestamp(1)), ..it };
            prop_assert!(removed.rights(granted).is_empty() && !removed.manages());
        }
    }

    #[test]
    fn only_a_person_who_is_an_owner_manages_the_tenant() {
        let tenant = TenantId::new(&Random::seeded(1)).unwrap();
        for role in Role::ALL {
            let it = member(&tenant, role);
            assert_eq!(it.manages(), role == Role::Owner, "{role}");
            assert!(!Member { kind: MemberKind::Service, ..it }.manages());
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("Owner".parse::<Role>().is_err());
    }
}
