//! Who acts: a person through an API key, an operator, or the house itself.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::ids::{KeyId, OperatorId, TenantId};
use super::scope::Scopes;
use super::standing::StandingApproval;

/// An API key as the house knows it: everything but the key.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiKey {
    /// Its identifier.
    pub id: KeyId,
    /// Whose it is.
    pub tenant: TenantId,
    /// What the key is for.
    pub name: String,
    /// The person who holds it; the phone and the audit log say this name.
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

/// Who stands behind a request to `/mcp`.
#[derive(Clone, Debug, PartialEq)]
pub struct Caller {
    /// Whose accounts the call may reach.
    pub tenant: TenantId,
    /// The key that was shown.
    pub key: Arc<ApiKey>,
}

impl Caller {
    /// The caller as an audit row names it.
    pub fn actor(&self) -> Actor {
        Actor::Key { key: self.key.id.clone(), person: self.key.person.clone() }
    }
}

/// Who did something, as rows of operations and of the audit log name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A person through an API key.
    Key {
        /// The key.
        key: KeyId,
        /// Its holder.
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
            Self::Operator { operator, .. } => operator.as_str(),
            Self::Console => "console",
            Self::House => "house",
        }
    }

    /// The name that a person knows it by.
    pub fn person(&self) -> &str {
        match self {
            Self::Key { person, .. } => person,
            Self::Operator { name, .. } => name,
            Self::Console => "console",
            Self::House => "gateway",
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
