//! Where the database is, and how its connections are opened.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::config::DatabaseSettings;

use super::db::Pools;
use super::error::StoreError;

/// How long an SQLite statement waits for another process, such as a command beside a running gateway.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A file, made if it is not there.
    Sqlite(PathBuf),
    /// A server.
    Postgres {
        /// `postgres://role:password@host/database`.
        url: String,
    },
}

/// The URL may carry a password, so it is never shown.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres { .. } => f.write_str("Postgres(hidden)"),
        }
    }
}

/// How many connections, and how long they are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSettings {
    /// The most connections.
    pub connections: u32,
    /// How long a caller waits for one.
    pub acquire_timeout: Duration,
    /// How long one statement may run (PostgreSQL only).
    pub statement_timeout: Duration,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self::from(&DatabaseSettings::default())
    }
}

impl From<&DatabaseSettings> for PoolSettings {
    fn from(settings: &DatabaseSettings) -> Self {
        Self {
            connections: settings.max_connections,
            acquire_timeout: settings.acquire_timeout_seconds.into(),
            statement_timeout: settings.statement_timeout_seconds.into(),
        }
    }
}

/// Opens the pools. A server is not spoken to yet, so that the gateway can start before it; a file is opened.
pub(super) async fn open(place: &Place, settings: &PoolSettings) -> Result<Pools, StoreError> {
    match place {
        Place::Postgres { url } => {
            let pool = PgPoolOptions::new()
                .max_connections(settings.connections)
                .acquire_timeout(settings.acquire_timeout)
                // A dead connection shows when its transaction is opened, which is then opened on another one.
                .test_before_acquire(false)
                .connect_lazy_with(postgres(url)?);
            Ok(Pools::Postgres { pool, statement_timeout: settings.statement_timeout.as_millis().to_string() })
        }
        Place::Sqlite(path) => {
            let options = SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                // What is committed is on the disk: an intent must outlive the machine, too.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(BUSY_TIMEOUT);
            let lasting = || SqlitePoolOptions::new().idle_timeout(None).max_lifetime(None).test_before_acquire(false);
            // Writers queue for one connection; a queue is no reason to give up as early as on a lost server.
            let writer = lasting()
                .max_connections(1)
                .acquire_timeout(settings.acquire_timeout.max(BUSY_TIMEOUT))
                .connect_with(options.clone())
                .await?;
            let readers = lasting()
                .max_connections(settings.connections)
                .acquire_timeout(settings.acquire_timeout)
                .connect_lazy_with(options.pragma("query_only", "on"));
            Ok(Pools::Sqlite { readers, writer })
        }
    }
}

/// The options of a connection to this server.
pub(super) fn postgres(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url)
        // The error may repeat the URL, and with it a password.
        .map_err(|_| StoreError::Place("not a PostgreSQL URL (postgres://role:password@host/database)".to_owned()))?;
    Ok(options.application_name("duo-mcp-gateway"))
}
