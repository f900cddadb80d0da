//! What belongs to the installation: its counter, its root secret, its KEKs.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::clock::Timestamp;
use crate::domain::connection::Sealed;
use crate::domain::ids::TenantId;

use super::db::{Db, Reason, Tx};
use super::error::StoreError;
use super::row::Row;
use super::value::values;

const BUMP: &str = "UPDATE house SET counter = counter + 1 WHERE id = 1 RETURNING counter";
const LOCK: &str = "UPDATE house SET counter = counter WHERE id = 1";
const CHANGED: &str = "SELECT id FROM tenants WHERE revision > $1 ORDER BY revision LIMIT 1001";
const KEKS: &str = "SELECT id, check_value FROM keks ORDER BY id";
const REMEMBER_KEK: &str = "INSERT INTO keks (id, check_value) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
const KEK: &str = "SELECT id, check_value FROM keks WHERE id = $1";
const ROOT: &str = "SELECT root_kek_id, root_wrapped FROM house WHERE id = 1 AND root_wrapped IS NOT NULL";
const SET_ROOT: &str = "UPDATE house SET root_kek_id = $1, root_wrapped = $2 WHERE id = 1 AND root_wrapped IS NULL";
const KEKS_IN_USE: &str = "SELECT kek_id FROM data_keys \
    UNION SELECT root_kek_id AS kek_id FROM house WHERE root_kek_id IS NOT NULL ORDER BY kek_id";

/// The most tenants that one pulse names.
const PULSE_TENANTS: usize = 1000;

/// What a replica learns at each poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// The house counter.
    pub counter: i64,
    /// The database's time.
    pub now: Timestamp,
    /// The tenants that changed after the counter that was asked from.
    pub changed: Vec<TenantId>,
    /// More changed than are named, or the database is older than the counter asked from: forget everything cached.
    pub all: bool,
}

/// A KEK that the installation has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KekRow {
    /// Its name in the ring.
    pub id: String,
    /// What only its bytes give.
    pub check_value: String,
}

/// A key wrapped under a KEK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey {
    /// The KEK.
    pub kek_id: String,
    /// The key, sealed.
    pub wrapped: Sealed,
}

/// The installation's own rows.
#[derive(Clone)]
pub struct House {
    db: Db,
    /// For the pulse alone: without it a replica that has many calls in hand would take its database for lost.
    pulse: Arc<Mutex<Db>>,
}

impl House {
    pub(super) fn new(db: &Db) -> Self {
        Self { db: db.clone(), pulse: Arc::new(Mutex::new(db.reserved())) }
    }

    /// The counter, the database's time, and who changed after `since`.
    pub async fn pulse(&self, since: i64) -> Result<Pulse, StoreError> {
        let pulse = self.reserved();
        let Some((counter, now)) = pulse.counter_and_time().await? else {
            return Err(StoreError::Schema("the house has no row".to_owned()));
        };
        // Changes take the counter one after the other, so whatever is missing here has a higher number.
        let mut changed = Vec::new();
        if counter > since {
            for row in pulse.across(Reason::House).fetch_all(CHANGED, values![since]).await? {
                changed.push(row.of("tenants").parse("id", |text| TenantId::parse(text).ok())?);
            }
        }
        let all = changed.len() > PULSE_TENANTS || counter < since;
        changed.truncate(PULSE_TENANTS);
        Ok(Pulse { counter, now, changed, all })
    }

    /// Lets go of the connection that is kept for the pulse, and takes another for the next: whoever gave up waiting for an
    /// answer calls this. A server that vanished without a word says nothing for many minutes, and so long the pool would
    /// try to tidy up that connection before it gives it out again.
    pub fn renew_pulse(&self) {
        let mut pulse = self.pulse.lock().unwrap_or_else(PoisonError::into_inner);
        *pulse = self.db.reserved();
    }

    /// Ends the connection that is kept for the pulse.
    pub(super) async fn close(&self) {
        self.reserved().close().await;
    }

    fn reserved(&self) -> Db {
        self.pulse.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The KEKs that the installation has seen.
    pub async fn kek_values(&self) -> Result<Vec<KekRow>, StoreError> {
        self.db.across(Reason::House).fetch_all(KEKS, values![]).await?.iter().map(kek).collect()
    }

    /// Remembers a KEK unless one of this name is known; what is known from now on.
    pub async fn remember_kek(&self, id: &str, check_value: &str) -> Result<KekRow, StoreError> {
        let mut tx = self.db.across(Reason::House).begin().await?;
        tx.execute(REMEMBER_KEK, values![id, check_value]).await?;
        let row = tx.fetch_optional(KEK, values![id]).await?;
        tx.commit().await?;
        row.as_ref().map_or(Err(StoreError::Refused(sqlx::Error::RowNotFound)), kek)
    }

    /// The root secret, wrapped.
    pub async fn root(&self) -> Result<Option<WrappedKey>, StoreError> {
        self.db.across(Reason::House).fetch_optional(ROOT, values![]).await?.as_ref().map(root).transpose()
    }

    /// Sets the root secret unless there is one; the one that holds from now on.
    pub async fn set_root_once(&self, key: &WrappedKey) -> Result<WrappedKey, StoreError> {
        let mut tx = self.db.across(Reason::House).begin().await?;
        tx.execute(SET_ROOT, values![&key.kek_id, &key.wrapped.0]).await?;
        let row = tx.fetch_optional(ROOT, values![]).await?;
        tx.commit().await?;
        row.as_ref().map_or(Err(StoreError::Refused(sqlx::Error::RowNotFound)), root)
    }

    /// The names of all KEKs under which something is wrapped.
    pub async fn kek_ids_in_use(&self) -> Result<Vec<String>, StoreError> {
        self.db
            .across(Reason::House)
            .fetch_all(KEKS_IN_USE, values![])
            .await?
            .iter()
            .map(|row| row.get("kek_id"))
            .collect()
    }
}

/// Takes the next number of the counter. The row stays locked until the transaction ends, so it is taken last.
pub(super) async fn bump(tx: &mut Tx) -> Result<i64, StoreError> {
    let row = tx.fetch_optional(BUMP, values![]).await?;
    row.ok_or_else(|| StoreError::Schema("the house has no row".to_owned()))?.get("counter")
}

/// Makes everybody else who locks the house wait until the transaction ends.
pub(super) async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    tx.execute(LOCK, values![]).await.map(|_| ())
}

fn kek(row: &Row) -> Result<KekRow, StoreError> {
    Ok(KekRow { id: row.get("id")?, check_value: row.get("check_value")? })
}

fn root(row: &Row) -> Result<WrappedKey, StoreError> {
    Ok(WrappedKey { kek_id: row.get("root_kek_id")?, wrapped: Sealed(row.get("root_wrapped")?) })
}
