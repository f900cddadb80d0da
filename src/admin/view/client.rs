//! A client that members let in, as answers show it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::client::OAuthClient;

/// An AI client that somebody let in.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClientView {
    /// Its id in OAuth: the address of its description, or a name that it was given when it registered.
    pub id: String,
    /// What it calls itself; proves nothing.
    pub name: String,
    /// How it came to be known: `document` or `registered`.
    pub source: String,
    /// Where browsers may be sent back to.
    pub redirect_uris: Vec<String>,
    /// How many grants of it work, of all tenants.
    pub grants: i64,
    /// When it was first seen.
    pub created_at: String,
    /// When somebody last consented to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<String>,
}

impl From<&(OAuthClient, i64)> for ClientView {
    fn from((client, grants): &(OAuthClient, i64)) -> Self {
        Self {
            id: client.id.clone(),
            name: client.metadata.name.clone(),
            source: client.source.as_str().to_owned(),
            redirect_uris: client.metadata.redirects.iter().map(ToString::to_string).collect(),
            grants: *grants,
            created_at: client.created_at.to_string(),
            last_used_at: client.last_used_at.map(|at| at.to_string()),
        }
    }
}
