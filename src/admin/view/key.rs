//! An API key as answers show it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::actor::ApiKey;
use crate::domain::scope::Scopes;
use crate::domain::standing::StandingApproval;

/// An API key: everything but the key.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct KeyView {
    /// Its identifier.
    pub id: String,
    /// What the key is for.
    pub name: String,
    /// The member that it belongs to.
    pub member: String,
    /// The member's name.
    pub person: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// What was approved in advance.
    pub standing: Vec<StandingApproval>,
    /// The end of the key.
    pub last4: String,
    /// When it was made.
    pub created_at: String,
    /// When it stops working.
    pub expires_at: String,
    /// When it was last used, to within a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<String>,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
}

impl From<&ApiKey> for KeyView {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            member: key.member.to_string(),
            person: key.person.clone(),
            scopes: key.scopes,
            standing: key.standing.clone(),
            last4: key.last4.clone(),
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.to_string(),
            last_used_at: key.last_used_at.map(|at| at.to_string()),
            revoked_at: key.revoked_at.map(|at| at.to_string()),
        }
    }
}

/// A key that was just made. This is the only answer that ever holds one.
#[derive(Clone, Serialize, JsonSchema)]
pub struct NewKeyView {
    /// The key itself, shown this once.
    pub api_key: String,
    /// Everything else about it.
    #[serde(flatten)]
    pub about: KeyView,
}
