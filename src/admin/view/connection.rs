//! A connection as answers show it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::connection::{AuthDefaults, Connection};

/// A connection to one Duo account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConnectionView {
    /// Its identifier.
    pub id: String,
    /// What the `account` argument calls it.
    pub name: String,
    /// A longer name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Where the account's API answers.
    pub host: String,
    /// How authentications are asked for.
    pub defaults: AuthDefaults,
    /// When it was registered.
    pub created_at: String,
}

impl From<&Connection> for ConnectionView {
    fn from(connection: &Connection) -> Self {
        Self {
            id: connection.id.to_string(),
            name: connection.name.to_string(),
            label: connection.label.clone(),
            host: connection.host.as_str().to_owned(),
            defaults: connection.defaults.clone(),
            created_at: connection.created_at.to_string(),
        }
    }
}
