//! Who acts: a member through a key or a grant, an operator, or the house.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::grant::Grant;
use super::ids::{GrantId, KeyId, MemberId, OperatorId, TenantId};
use super::member::Member;
use super::scope::Scopes;
use super::standing::{Held, StandingApproval};

/// An API key as the house knows it: everything but the key.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiKey {
    /// Its identifier.
    pub id: KeyId,
    /// Whose it is.
    pub tenant: TenantId,
    /// What the key is for.
    pub name: String,
    /// The member that it belongs to.
    pub member: MemberId,
    /// The member's name.
    pub person: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// What was approved in advance.
    pub standing: Vec<StandingApproval>,
    /// The end of the key, for people.
    pub last4: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was last used, to within a minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

/// Who stands behind a request to `/mcp`: a member, by a key or a grant of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Caller {
    /// Whose accounts the call may reach.
    pub tenant: TenantId,
    /// Who calls.
    pub member: Arc<Member>,
    /// By which means.
    pub by: Means,
}

/// By which means a member calls.
#[derive(Clone, Debug, PartialEq)]
pub enum Means {
    /// An API key.
    Key(Arc<ApiKey>),
    /// A grant to an OAuth client.
    Grant(Arc<Grant>),
}

impl Caller {
    /// What the call may be used for: what the key or grant has, and of that what the member's role may have.
    pub fn scopes(&self) -> Scopes {
        self.member.rights(match &self.by {
            Means::Key(key) => key.scopes,
            Means::Grant(grant) => grant.scopes,
        })
    }

    /// What the call may come to be used for without another key: a client with a grant asks its person for more.
    pub fn reach(&self) -> Scopes {
        match &self.by {
            Means::Key(_) => self.scopes(),
            Means::Grant(_) => self.member.ceiling(),
        }
    }

    /// What was approved in advance: for this key, and for all keys of its member. For a client that somebody let in
    /// nothing is: whoever consents to it is told that what is sensitive asks a person.
    pub fn standing(&self) -> Vec<Held<'_>> {
        let Means::Key(key) = &self.by else { return Vec::new() };
        let held = |holder| move |approval| Held { holder, approval };
        let of_member = self.member.standing.iter().map(held(self.member.id.as_str()));
        key.standing.iter().map(held(key.id.as_str())).chain(of_member).collect()
    }

    /// Who calls, by name; the phone and the audit log say it.
    pub fn person(&self) -> &str {
        &self.member.name
    }

    /// What the key is for, or what the client is called.
    pub fn means(&self) -> &str {
        match &self.by {
            Means::Key(key) => &key.name,
            Means::Grant(grant) => &grant.client_name,
        }
    }

    /// The key's or the grant's identifier.
    pub fn id_text(&self) -> &str {
        match &self.by {
            Means::Key(key) => key.id.as_str(),
            Means::Grant(grant) => grant.id.as_str(),
        }
    }

    /// The caller as an audit row names it.
    pub fn actor(&self) -> Actor {
        let (member, person) = (self.member.id.clone(), self.member.name.clone());
        match &self.by {
            Means::Key(key) => Actor::Key { key: key.id.clone(), member: Some(member), person },
            Means::Grant(grant) => {
                Actor::Grant { grant: grant.id.clone(), client: grant.client_name.clone(), member, person }
            }
        }
    }
}

/// Who did something, as rows of operations and of the audit log name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A member through an API key.
    Key {
        /// The key.
        key: KeyId,
        /// Whose it is. Rows from before there were members do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        member: Option<MemberId>,
        /// The member's name at that time.
        person: String,
    },
    /// A member through an OAuth client.
    Grant {
        /// The grant.
        grant: GrantId,
        /// What the client is called.
        client: String,
        /// Who gave it.
        member: MemberId,
        /// The member's name at that time.
        person: String,
    },
    /// A member in a browser.
    Member {
        /// Who.
        member: MemberId,
        /// The member's name at that time.
        person: String,
    },
    /// An operator through the admin listener or the command line.
    Operator {
        /// The operator's key.
        operator: OperatorId,
        /// The operator's name.
        name: String,
    },
    /// Somebody with the machine's own rights: the command line beside the database.
    Console,
    /// The gateway itself: expiry, recovery, following a push.
    House,
}

impl Actor {
    /// A short text that is the same for the same caller, for indexes and repeats.
    pub fn key_text(&self) -> &str {
        match self {
            Self::Key { key, .. } => key.as_str(),
            Self::Grant { grant, .. } => grant.as_str(),
            Self::Member { member, .. } => member.as_str(),
            Self::Operator { operator, .. } => operator.as_str(),
            Self::Console => "console",
            Self::House => "house",
        }
    }

    /// The name that a person knows it by.
    pub fn person(&self) -> &str {
        match self {
            Self::Key { person, .. } | Self::Grant { person, .. } | Self::Member { person, .. } => person,
            Self::Operator { name, .. } => name,
            Self::Console => "console",
            Self::House => "gateway",
        }
    }

    /// The member that acts, if one does.
    pub fn member(&self) -> Option<&MemberId> {
        match self {
            Self::Key { member, .. } => member.as_ref(),
            Self::Grant { member, .. } | Self::Member { member, .. } => Some(member),
            Self::Operator { .. } | Self::Console | Self::House => None,
        }
    }
}

/// An operator of the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The operator key's identifier.
    pub id: OperatorId,
    /// The operator's name.
    pub name: String,
    /// When the key was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

impl Operator {
    /// The operator as an audit row names it.
    pub fn actor(&self) -> Actor {
        Actor::Operator { operator: self.id.clone(), name: self.name.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_from_before_there_were_members_reads() {
        let old = r#"{"kind":"key","key":"key_aaaaaaaaaaaaaaaaaaaaaa","person":"Ann"}"#;
        let actor: Actor = serde_json::from_str(old).unwrap();
        assert_eq!((actor.person(), actor.member()), ("Ann", None));
        assert_eq!(serde_json::to_string(&actor).unwrap(), old);
    }
}
