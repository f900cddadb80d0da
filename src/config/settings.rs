//! All settings: one struct per section, every field with its default.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::audit::AuditSettings;
use super::database::DatabaseSettings;
use super::duo::DuoSettings;
use super::keys::KeySettings;
use super::log::LogSettings;
use super::network::NetSettings;
use super::oauth::{OauthSettings, SignInSettings};
use super::operations::{OperationSettings, PushSettings};
use super::server::ServerSettings;

/// Everything that an operator may choose. The doc comments of the fields are the reference (`docs/settings.md`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Folder for what the gateway keeps on disk: the SQLite file and a key file of its own making. Left empty, it is
    /// `duo-mcp-gateway` in the user's data folder (`XDG_DATA_HOME`, else `~/.local/share`).
    pub data_dir: PathBuf,
    /// Whether somebody new may bring a Duo account at `/connect`: nobody (`off`), who has an `invite` of the operator's,
    /// or anybody (`open`). Entering a Duo key makes a new tenant and never opens one that exists.
    pub self_service: SelfService,
    /// Listeners and request limits.
    pub server: ServerSettings,
    /// The database.
    pub database: DatabaseSettings,
    /// The key-encryption keys (KEKs) that seal every tenant's data key.
    pub keys: KeySettings,
    /// Calls to Duo.
    pub duo: DuoSettings,
    /// Outgoing connections.
    pub net: NetSettings,
    /// Sign-in by OAuth.
    pub oauth: OauthSettings,
    /// Signing in on the pages.
    pub sign_in: SignInSettings,
    /// Changes that wait for a person.
    pub operations: OperationSettings,
    /// Caps on pushes to people's phones.
    pub pushes: PushSettings,
    /// The audit trail.
    pub audit: AuditSettings,
    /// The log, on the standard error stream.
    pub log: LogSettings,
}

/// Whether somebody new may bring a Duo account without the operator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the setting's own description says what they mean")]
pub enum SelfService {
    Off,
    #[default]
    Invite,
    Open,
}
