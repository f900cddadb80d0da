//! Operators, by the hash of a key, and their sessions in a browser.

use crate::domain::actor::Operator;
use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::ids::OperatorId;

use crate::store::audit::record;
use crate::store::db::{Db, Reason, Tx};
use crate::store::error::StoreError;
use crate::store::house;
use crate::store::row::Row;
use crate::store::value::{hex, values};

const ANY: &str = "SELECT id FROM operators LIMIT 1";
const INSERT: &str = "INSERT INTO operators (id, hash, name, created_at, expires_at, revoked_at) \
    VALUES ($1, $2, $3, $4, $5, $6)";
const FIND_BY_HASH: &str = "SELECT id, name, created_at, expires_at, revoked_at FROM operators WHERE hash = $1";
const LIST: &str = "SELECT id, name, created_at, expires_at, revoked_at FROM operators ORDER BY created_at, id";
const REVOKE: &str = "UPDATE operators SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
const CLOSE_ALL: &str = "DELETE FROM operator_sessions WHERE operator_id = $1";
// All sessions last equally long, so one that ends a week before the newest has run out, whatever the time is.
const SWEEP: &str = "DELETE FROM operator_sessions WHERE expires_at < $1";
const WEEK_MS: i64 = 7 * 24 * 3600 * 1000;
const OPEN: &str = "INSERT INTO operator_sessions (hash, operator_id, expires_at) VALUES ($1, $2, $3)";
const SESSION: &str = "SELECT o.id, o.name, o.created_at, o.expires_at, o.revoked_at FROM operator_sessions s \
    JOIN operators o ON o.id = s.operator_id \
    WHERE s.hash = $1 AND s.expires_at > $2 AND o.expires_at > $2 AND o.revoked_at IS NULL";
const CLOSE: &str = "DELETE FROM operator_sessions WHERE hash = $1";

/// The operators.
#[derive(Clone)]
pub struct Operators {
    db: Db,
}

impl Operators {
    pub(in crate::store) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// Keeps the first operator; false, and nothing is kept, when there is or ever was one.
    pub async fn bootstrap(
        &self,
        operator: &Operator,
        hash: &[u8; 32],
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.across(Reason::House).begin().await?;
        house::lock(&mut tx).await?;
        if tx.fetch_optional(ANY, values![]).await?.is_some() {
            return Ok(false);
        }
        insert(&mut tx, operator, hash).await?;
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Keeps another operator.
    pub async fn create(&self, operator: &Operator, hash: &[u8; 32], event: &AuditEvent) -> Result<(), StoreError> {
        let mut tx = self.db.across(Reason::House).begin().await?;
        insert(&mut tx, operator, hash).await?;
        record(&mut tx, event).await?;
        tx.commit().await
    }

    /// The operator whose key has this hash, revoked and expired ones too.
    pub async fn find_by_hash(&self, hash: &[u8; 32]) -> Result<Option<Operator>, StoreError> {
        let scope = self.db.across(Reason::KeyLookup);
        scope.fetch_optional(FIND_BY_HASH, values![hex(hash)]).await?.as_ref().map(read).transpose()
    }

    /// All operators, oldest first, revoked ones too.
    pub async fn list(&self) -> Result<Vec<Operator>, StoreError> {
        self.db.across(Reason::Operator).fetch_all(LIST, values![]).await?.iter().map(read).collect()
    }

    /// Takes an operator's key back and ends its sessions; false when there is none, or it was taken back before.
    pub async fn revoke(&self, operator: &OperatorId, at: Timestamp, event: &AuditEvent) -> Result<bool, StoreError> {
        let mut tx = self.db.across(Reason::House).begin().await?;
        if tx.execute(REVOKE, values![operator, at]).await? == 0 {
            return Ok(false);
        }
        tx.execute(CLOSE_ALL, values![operator]).await?;
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Opens a session in a browser, known by the hash of its cookie; those that ran out long ago are cleared away.
    pub async fn open_session(
        &self,
        hash: &[u8; 32],
        operator: &OperatorId,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.across(Reason::House).begin().await?;
        tx.execute(SWEEP, values![expires_at.plus_ms(-WEEK_MS)]).await?;
        tx.execute(OPEN, values![hex(hash), operator, expires_at]).await?;
        tx.commit().await
    }

    /// Whose session this is; `None` when it, or the operator's key, ran out or was ended.
    pub async fn session(&self, hash: &[u8; 32], now: Timestamp) -> Result<Option<Operator>, StoreError> {
        let scope = self.db.across(Reason::KeyLookup);
        scope.fetch_optional(SESSION, values![hex(hash), now]).await?.as_ref().map(read).transpose()
    }

    /// Ends a session.
    pub async fn close_session(&self, hash: &[u8; 32]) -> Result<(), StoreError> {
        self.db.across(Reason::House).execute(CLOSE, values![hex(hash)]).await.map(|_| ())
    }
}

async fn insert(tx: &mut Tx, operator: &Operator, hash: &[u8; 32]) -> Result<(), StoreError> {
    let (created, expires, revoked) = (operator.created_at, operator.expires_at, operator.revoked_at);
    let row = values![&operator.id, hex(hash), &operator.name, created, expires, revoked];
    tx.execute(INSERT, row).await.map(|_| ()).map_err(|error| error.conflict("operator"))
}

fn read(row: &Row) -> Result<Operator, StoreError> {
    let row = row.of("operators");
    Ok(Operator {
        id: row.parse("id", |text| OperatorId::parse(text).ok())?,
        name: row.text("name")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        revoked_at: row.time_opt("revoked_at")?,
    })
}
