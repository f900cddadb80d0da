//! OAuth clients: those with a document, and those that registered.

use crate::domain::audit::AuditEvent;
use crate::domain::client::{ClientMetadata, ClientSource, OAuthClient};
use crate::domain::clock::Timestamp;

use super::super::audit::record;
use super::super::db::{Db, Reason, Tx};
use super::super::error::StoreError;
use super::super::house;
use super::super::row::Row;
use super::super::value::{hex, json, values};

macro_rules! columns {
    () => {
        "id, source, metadata, created_at, fresh_until, last_used_at"
    };
}

const FIND: &str = concat!("SELECT ", columns!(), " FROM oauth_clients WHERE id = $1");
const FIND_BY_DIGEST: &str = concat!("SELECT ", columns!(), " FROM oauth_clients WHERE digest = $1");
const PUT: &str = "INSERT INTO oauth_clients (id, source, metadata, created_at, fresh_until) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE SET metadata = excluded.metadata, \
    fresh_until = excluded.fresh_until";
const INSERT: &str = "INSERT INTO oauth_clients (id, source, metadata, digest, registrant, created_at, fresh_until) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const SWEEP: &str = "DELETE FROM oauth_clients WHERE last_used_at IS NULL AND created_at < $1";
const OF_REGISTRANT: &str = "SELECT COUNT(*) AS many FROM oauth_clients WHERE registrant = $1 AND created_at > $2";
const UNUSED: &str =
    "SELECT COUNT(*) AS many, MIN(created_at) AS oldest FROM oauth_clients WHERE last_used_at IS NULL AND source = $1";
const MAKE_ROOM: &str = "DELETE FROM oauth_clients WHERE id IN (SELECT id FROM oauth_clients \
    WHERE last_used_at IS NULL AND source = $1 AND created_at < $2 ORDER BY created_at, id LIMIT 1)";
// A document can be fetched again, so of those that nobody consented to only the newest are kept.
const FEWER: &str = "DELETE FROM oauth_clients WHERE id IN (SELECT id FROM oauth_clients \
    WHERE last_used_at IS NULL AND source = 'document' ORDER BY created_at DESC, id LIMIT 1000000 OFFSET $1)";
const DELETE: &str = "DELETE FROM oauth_clients WHERE id = $1";
const USED_AFTER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM oauth_clients WHERE last_used_at IS NOT NULL AND id > $1 ORDER BY id LIMIT $2"
);

const HOUR_MS: i64 = 3600 * 1000;
/// How long a client is kept that nobody consented to; where there are too many, only so long that a person can answer.
const UNUSED_MS: i64 = 24 * HOUR_MS;
const ANSWERED_MS: i64 = HOUR_MS / 4;

/// The OAuth clients.
#[derive(Clone)]
pub struct OAuthClients {
    db: Db,
}

/// A registration, and how many there may be.
#[derive(Clone, Copy, Debug)]
pub struct Registration<'a> {
    /// The client, if it becomes one.
    pub client: &'a OAuthClient,
    /// What two registrations share exactly when they say the same.
    pub digest: &'a [u8; 32],
    /// Who registers, as a keyed hash of the address.
    pub registrant: &'a str,
    /// The most different ones in an hour from one address.
    pub hourly: i64,
    /// The most that wait for their first consent.
    pub unused: i64,
}

/// What became of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    /// The client, new or known before.
    Client(OAuthClient),
    /// There are too many from this address, or at all.
    TooMany,
}

impl OAuthClients {
    pub(in crate::store) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// The client of this id.
    pub async fn find(&self, id: &str) -> Result<Option<OAuthClient>, StoreError> {
        self.db.across(Reason::House).fetch_optional(FIND, values![id]).await?.as_ref().map(read).transpose()
    }

    /// Keeps what a client's document says, and of clients that nobody consented to this many others.
    pub async fn put_document(&self, client: &OAuthClient, unused: i64) -> Result<(), StoreError> {
        let row =
            values![&client.id, client.source.as_str(), json(&client.metadata)?, client.created_at, client.fresh_until];
        let scope = self.db.across(Reason::House);
        scope.execute(SWEEP, values![client.created_at.plus_ms(-UNUSED_MS)]).await?;
        scope.execute(FEWER, values![unused]).await?;
        scope.execute(PUT, row).await.map(|_| ())
    }

    /// The client of these metadata: the one that registered the same before, or a new one if there may be another.
    pub async fn register(&self, new: Registration<'_>) -> Result<Registered, StoreError> {
        let scope = self.db.across(Reason::House);
        let digest = hex(new.digest);
        // Looked up before anything is locked: hosted clients register the same for each of their users.
        if let Some(row) = scope.fetch_optional(FIND_BY_DIGEST, values![&digest]).await? {
            return Ok(Registered::Client(read(&row)?));
        }
        let (client, now) = (new.client, new.client.created_at);
        // Counted before anything is locked, too, so that a flood is refused by reading alone.
        let registered = ClientSource::Registered.as_str();
        let own = scope.fetch_optional(OF_REGISTRANT, values![new.registrant, now.plus_ms(-HOUR_MS)]).await?;
        let unused = scope.fetch_optional(UNUSED, values![registered]).await?;
        let late = now.plus_ms(-ANSWERED_MS);
        if many(own.as_ref())? >= new.hourly || is_full(unused.as_ref(), new.unused, late)? {
            return Ok(Registered::TooMany);
        }
        let mut tx = scope.begin().await?;
        house::lock(&mut tx).await?;
        if let Some(row) = tx.fetch_optional(FIND_BY_DIGEST, values![&digest]).await? {
            return Ok(Registered::Client(read(&row)?));
        }
        tx.execute(SWEEP, values![now.plus_ms(-UNUSED_MS)]).await?;
        let own = tx.fetch_optional(OF_REGISTRANT, values![new.registrant, now.plus_ms(-HOUR_MS)]).await?;
        let unused = tx.fetch_optional(UNUSED, values![registered]).await?;
        if many(own.as_ref())? >= new.hourly || is_full(unused.as_ref(), new.unused, late)? {
            return Ok(Registered::TooMany);
        }
        if many(unused.as_ref())? >= new.unused {
            tx.execute(MAKE_ROOM, values![registered, late]).await?;
        }
        let metadata = json(&client.metadata)?;
        let row = values![&client.id, registered, metadata, &digest, new.registrant, now, client.fresh_until];
        tx.execute(INSERT, row).await?;
        tx.commit().await?;
        Ok(Registered::Client(client.clone()))
    }

    /// The clients that somebody consented to, by id, from the one after this on.
    pub async fn used(&self, after: Option<&str>, limit: i64) -> Result<Vec<OAuthClient>, StoreError> {
        let scope = self.db.across(Reason::Operator);
        scope.fetch_all(USED_AFTER, values![after.unwrap_or_default(), limit]).await?.iter().map(read).collect()
    }

    /// Forgets a client; false when it was not known. It registers again when it is told that it is not.
    pub async fn delete(&self, id: &str, event: &AuditEvent) -> Result<bool, StoreError> {
        let mut tx = self.db.across(Reason::House).begin().await?;
        if tx.execute(DELETE, values![id]).await? == 0 {
            return Ok(false);
        }
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(true)
    }
}

fn many(row: Option<&Row>) -> Result<i64, StoreError> {
    row.map_or(Ok(0), |row| row.get("many"))
}

/// Whether there are so many that wait for their first consent, and none of them since so long that it may go.
fn is_full(row: Option<&Row>, most: i64, late: Timestamp) -> Result<bool, StoreError> {
    let Some(row) = row else { return Ok(false) };
    let oldest = row.of("oauth_clients").time_opt("oldest")?;
    Ok(many(Some(row))? >= most && oldest.is_none_or(|oldest| oldest >= late))
}

fn read(row: &Row) -> Result<OAuthClient, StoreError> {
    let row = row.of("oauth_clients");
    Ok(OAuthClient {
        id: row.text("id")?,
        source: row.parse("source", ClientSource::parse)?,
        metadata: row.json::<ClientMetadata>("metadata")?,
        created_at: row.time("created_at")?,
        fresh_until: row.time("fresh_until")?,
        last_used_at: row.time_opt("last_used_at")?,
    })
}

/// Notes that somebody consented to a client.
pub(super) const USED: &str = "UPDATE oauth_clients SET last_used_at = $2 WHERE id = $1";

/// The moment of a consent.
pub(super) async fn used(tx: &mut Tx, id: &str, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(USED, values![id, at]).await.map(|_| ())
}
