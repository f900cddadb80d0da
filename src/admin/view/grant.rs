//! What a member granted, as answers show it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::clock::Timestamp;
use crate::domain::grant::Grant;
use crate::domain::scope::Scopes;

/// A member's leave for an AI client to act; no token is in it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GrantView {
    /// Its identifier.
    pub id: String,
    /// The member who gave it.
    pub member: String,
    /// The member's name.
    pub person: String,
    /// The client's id in OAuth.
    pub client: String,
    /// What the client calls itself.
    pub client_name: String,
    /// Where the browser was sent back to.
    pub redirect_origin: String,
    /// What was granted.
    pub scopes: Scopes,
    /// How it stands.
    pub state: GrantState,
    /// When it was given.
    pub created_at: String,
    /// When it ends, however much it is used.
    pub expires_at: String,
    /// When it was last used, to within a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<String>,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
    /// Why it was taken back, in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_why: Option<String>,
}

/// How a grant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// Its tokens are taken.
    Works,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

impl GrantState {
    /// The state as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl GrantView {
    /// The grant as it stands now, and who gave it.
    pub fn new(grant: &Grant, person: &str, now: Timestamp) -> Self {
        let state = match grant.revoked_at {
            Some(_) => GrantState::Revoked,
            None if now >= grant.expires_at => GrantState::Expired,
            None => GrantState::Works,
        };
        Self {
            id: grant.id.to_string(),
            member: grant.member.to_string(),
            person: person.to_owned(),
            client: grant.client.clone(),
            client_name: grant.client_name.clone(),
            redirect_origin: grant.redirect_origin.clone(),
            scopes: grant.scopes,
            state,
            created_at: grant.created_at.to_string(),
            expires_at: grant.expires_at.to_string(),
            last_used_at: grant.last_used_at.map(|at| at.to_string()),
            revoked_at: grant.revoked_at.map(|at| at.to_string()),
            revoked_why: grant.revoked_why.clone(),
        }
    }
}
