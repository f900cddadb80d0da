//! Why the gateway does not start.

use std::net::SocketAddr;
use std::path::PathBuf;

use duo_api::client::{PatternError, SettingsError};

use crate::domain::random::NoRandomness;
use crate::store::StoreError;
use crate::tenants::NotReady;

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("{address} cannot be listened on ({source}); choose another with {flag}")]
pub struct ListenError {
    /// The address.
    pub address: SocketAddr,
    /// The flag that moves it.
    pub flag: &'static str,
    /// Why.
    pub source: std::io::Error,
}

/// Why the parts of the gateway cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// A hosted installation was given no key-encryption keys.
    #[error(
        "`keys.ring` is empty: a gateway on PostgreSQL is given its key-encryption keys and never makes one of its own"
    )]
    NoRing,
    /// The data folder cannot be made or written to.
    #[error("the data folder {} cannot be used", .path.display())]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that the settings name cannot be read.
    #[error("{} cannot be read", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The secret that the gateway shares with its OpenID provider is not there, or others can read it.
    #[error("`sign_in.oidc`: {0}")]
    ClientSecret(String),
    /// The tables are older than this program.
    #[error("the database's tables are older than this program; run `duo-mcp-gateway migrate` first")]
    SchemaBehind,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key-encryption keys.
    #[error(transparent)]
    Keys(#[from] NotReady),
    /// A host of `net.connect_override` is none.
    #[error("`net.connect_override`: {0}")]
    Override(#[from] PatternError),
    /// The client of Duo.
    #[error(transparent)]
    Client(#[from] SettingsError),
    /// There are no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl BootError {
    /// Whether an operator can mend it while the process goes on trying: a database that is away, a key that is not
    /// there yet or is the wrong one.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Keys(_) | Self::Store(StoreError::Unavailable(_)) => true,
            Self::NoRing
            | Self::DataDir { .. }
            | Self::File { .. }
            | Self::ClientSecret(_)
            | Self::SchemaBehind
            | Self::Store(_)
            | Self::Override(_)
            | Self::Client(_)
            | Self::NoRandomness(_) => false,
        }
    }

    /// Whether the settings are to be changed.
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::NoRing
            | Self::File { .. }
            | Self::ClientSecret(_)
            | Self::Override(_)
            | Self::Client(_)
            | Self::Store(StoreError::Place(_) | StoreError::Role(_))
            | Self::Keys(NotReady::Ring(_) | NotReady::MissingKek(_) | NotReady::WrongKek(_)) => true,
            Self::DataDir { .. } | Self::SchemaBehind | Self::Store(_) | Self::Keys(_) | Self::NoRandomness(_) => false,
        }
    }
}
