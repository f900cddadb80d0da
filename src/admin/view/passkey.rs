//! Passkeys as answers show them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::passkey::Passkey;

/// A passkey, by which a member signs in at the pages.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PasskeyView {
    /// Its identifier.
    pub id: String,
    /// Whom it signs in.
    pub member: String,
    /// What its holder calls it.
    pub name: String,
    /// When it was made.
    pub created_at: String,
    /// When it last signed its member in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<String>,
}

impl From<&Passkey> for PasskeyView {
    fn from(passkey: &Passkey) -> Self {
        Self {
            id: passkey.id.to_string(),
            member: passkey.member.to_string(),
            name: passkey.name.clone(),
            created_at: passkey.created_at.to_string(),
            last_used_at: passkey.last_used_at.map(|at| at.to_string()),
        }
    }
}
