//! The key-encryption keys: where each is fetched from, which one is active.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The key-encryption keys (KEKs) that seal every tenant's data key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KeySettings {
    /// Id of the key that seals anew; the others on the ring only open. May be left out while the ring has one key.
    #[schemars(example = "2026b")]
    pub active: Option<String>,
    /// The keys, each a table with `id`, `source` and what the source needs. Empty, a gateway on SQLite makes a key file
    /// of its own in `data_dir` at its first start; a gateway on PostgreSQL refuses to start.
    #[schemars(example = example_ring())]
    pub ring: Vec<RingKey>,
}

impl KeySettings {
    /// The id of the key that seals anew, if the ring has one.
    pub fn active_id(&self) -> Option<&str> {
        match (&self.active, self.ring.as_slice()) {
            (Some(active), _) => Some(active),
            (None, [only]) => Some(only.id()),
            _ => None,
        }
    }
}

/// Where one key is fetched from. Every source gives 32 bytes in base64; the key itself never stands in the settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "source", rename_all = "lowercase", deny_unknown_fields)]
pub enum RingKey {
    /// A file that only its owner may read.
    File {
        /// Name of the key: 1 to 32 letters, digits, `-` or `_`.
        id: String,
        /// For source `file`: path of a file with mode 0600 or narrower.
        path: PathBuf,
    },
    /// The output of a command, run without a shell.
    Command {
        /// Name of the key: 1 to 32 letters, digits, `-` or `_`.
        id: String,
        /// For source `command`: the program and its arguments.
        argv: Vec<String>,
    },
    /// An environment variable. Warned about at start: other processes of the same user can read it.
    Env {
        /// Name of the key: 1 to 32 letters, digits, `-` or `_`.
        id: String,
        /// For source `env`: name of the variable.
        var: String,
    },
}

impl RingKey {
    /// The key's name.
    pub fn id(&self) -> &str {
        match self {
            Self::File { id, .. } | Self::Command { id, .. } | Self::Env { id, .. } => id,
        }
    }
}

fn example_ring() -> Vec<RingKey> {
    vec![
        RingKey::File { id: "2026a".into(), path: "/run/secrets/kek-2026a".into() },
        RingKey::Command { id: "2026b".into(), argv: vec!["fetch-kek".into(), "2026b".into()] },
    ]
}
