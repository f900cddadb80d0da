//! Where rows are kept, and how long a query may take.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::units::Seconds;

/// The database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseSettings {
    /// PostgreSQL URL of the role that serves. Left out, an SQLite file in `data_dir` is used.
    #[schemars(with = "Option<String>", extend("x-hidden" = true), example = "postgres://duo_mcp_app@db.internal/duo_mcp")]
    pub url: Option<DatabaseUrl>,
    /// PostgreSQL URL of the role that owns the tables, used by `migrate` alone. Left out, `url` is used.
    #[schemars(with = "Option<String>", extend("x-hidden" = true), example = "postgres://duo_mcp_owner@db.internal/duo_mcp")]
    pub owner_url: Option<DatabaseUrl>,
    /// Name of the PostgreSQL role to which `migrate` grants the rights that serving needs.
    pub app_role: String,
    /// Most connections held open to the database by one replica. On PostgreSQL one more is kept for asking, once a second,
    /// what other replicas changed.
    #[schemars(range(min = 2, max = 1_000))]
    pub max_connections: u32,
    /// How long a request waits for a free connection before it is answered with 503, in seconds.
    #[schemars(range(min = 1, max = 60))]
    pub acquire_timeout_seconds: Seconds,
    /// How long one statement may run, in seconds.
    #[schemars(range(min = 1, max = 600))]
    pub statement_timeout_seconds: Seconds,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: None,
            owner_url: None,
            app_role: "duo_mcp_app".to_owned(),
            max_connections: 10,
            acquire_timeout_seconds: Seconds(1),
            statement_timeout_seconds: Seconds(2),
        }
    }
}

/// A database URL. It may carry a password, so it is never shown, neither by `Debug` nor when settings are written out.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// A URL as it stands; whether it is one is found when connecting.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The URL with everything in it, for the driver and nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(hidden)")
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let settings = DatabaseSettings {
            url: Some(DatabaseUrl::new("postgres://app:canary@db/duo")),
            ..DatabaseSettings::default()
        };
        assert!(!format!("{settings:?}").contains("canary"));
        assert!(!toml::to_string(&settings).unwrap().contains("canary"));
    }
}
