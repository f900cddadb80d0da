//! Pushes, texts and calls to people: counted first, followed to their end.

use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{ConnectionId, PushId, ReplicaId, TenantId};
use crate::domain::push::{Push, PushCaps, PushRefused, PushState};

use super::audit::record;
use super::db::{Db, Reason, Tx};
use super::error::StoreError;
use super::operations::Lease;
use super::row::Row;
use super::tenants::lock_existing;
use super::value::values;

macro_rules! columns {
    () => {
        "id, tenant_id, connection_id, key_id, user_id, username, factor, txid, state, status, status_msg, created_at, \
         finished_at"
    };
}

// What was not sent bothered nobody, and a passcode asks nobody: neither counts.
const COOLING: &str = "SELECT finished_at FROM pushes WHERE tenant_id = $1 AND user_id = $2 \
    AND state IN ('deny', 'fraud') AND factor IN ('push', 'phone', 'auto') AND finished_at > $3 \
    ORDER BY finished_at DESC LIMIT 1";
const OPEN: &str = "SELECT id FROM pushes WHERE tenant_id = $1 AND user_id = $2 AND factor <> 'passcode' \
    AND state IN ('reserved', 'waiting') AND created_at > $3 LIMIT 1";
const NTH_TO_PERSON: &str = "SELECT created_at FROM pushes WHERE tenant_id = $1 AND user_id = $2 \
    AND factor <> 'passcode' AND state <> 'not_sent' AND created_at > $3 ORDER BY created_at DESC LIMIT 1 OFFSET $4";
// Every attempt counts, also one that was not sent as far as we know: nobody may guess on behind a failing line.
const NTH_PASSCODE: &str = "SELECT created_at FROM pushes WHERE tenant_id = $1 AND user_id = $2 \
    AND factor = 'passcode' AND created_at > $3 ORDER BY created_at DESC LIMIT 1 OFFSET $4";
const NTH_OF_TENANT: &str = "SELECT created_at FROM pushes WHERE tenant_id = $1 \
    AND factor <> 'passcode' AND state <> 'not_sent' AND created_at > $2 ORDER BY created_at DESC LIMIT 1 OFFSET $3";
const INSERT: &str =
    concat!("INSERT INTO pushes (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
const SENT: &str =
    "UPDATE pushes SET state = 'waiting', txid = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'reserved'";
const FINISH: &str = "UPDATE pushes SET state = $3, status = $4, status_msg = $5, finished_at = $6, lease_replica = NULL, \
    lease_until = NULL WHERE tenant_id = $1 AND id = $2 AND state IN ('reserved', 'waiting')";
const FIND_BY_TXID: &str = concat!("SELECT ", columns!(), " FROM pushes WHERE tenant_id = $1 AND txid = $2");
const FIND_BY_CALLER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM pushes WHERE tenant_id = $1 AND created_at > $3 AND key_id = $2 ORDER BY created_at DESC, id DESC LIMIT 1"
);
// That a state stands twice lets SQLite use the index of open pushes, whose condition it compares word by word.
const CLAIM: &str = concat!(
    "UPDATE pushes SET lease_replica = $1, lease_until = $2 WHERE id = (SELECT c.id FROM pushes c \
     WHERE c.state IN ('reserved', 'waiting') AND c.state = 'waiting' AND c.txid IS NOT NULL AND (c.lease_until IS NULL OR c.lease_until < $3) \
     ORDER BY c.created_at LIMIT 1) \
     AND state = 'waiting' AND (lease_until IS NULL OR lease_until < $3) RETURNING ",
    columns!()
);
const RENEW: &str = "UPDATE pushes SET lease_until = $3 WHERE id = $1 AND lease_replica = $2 AND state = 'waiting'";
const LET_GO: &str = "UPDATE pushes SET lease_replica = NULL, lease_until = NULL \
    WHERE state IN ('reserved', 'waiting') AND state = 'waiting' AND lease_replica = $1";
const ABANDON: &str = "UPDATE pushes SET state = 'unknown', finished_at = $2 WHERE state IN ('reserved', 'waiting') AND state = 'reserved' AND created_at < $1";

/// How long a push stays open at most: Duo gives up after a minute.
const OPEN_MS: i64 = 2 * 60 * 1000;
const HOUR_MS: i64 = 3600 * 1000;
const PASSCODE: &str = "passcode";

/// What was sent to people.
#[derive(Clone)]
pub struct Pushes {
    db: Db,
}

impl Pushes {
    pub(super) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// Counts a push that is about to be sent, unless the caps refuse it; then why, and nothing is written. The caps
    /// hold over all replicas, because callers queue for the tenant. A passcode asks nobody and is not held against the
    /// caps of what does: it has a cap of its own, so that nobody guesses passcodes until Duo locks the person out.
    pub async fn reserve(
        &self,
        push: &Push,
        caps: &PushCaps,
        now: Timestamp,
        event: &AuditEvent,
    ) -> Result<Option<PushRefused>, StoreError> {
        let mut tx = self.db.tenant(&push.tenant).begin().await?;
        lock_existing(&mut tx, &push.tenant).await?;
        if let Some(refused) = refused(&mut tx, push, caps, now).await? {
            return Ok(Some(refused));
        }
        let row = values![
            &push.id,
            &push.tenant,
            &push.connection,
            &push.caller,
            &push.user_id,
            &push.username,
            &push.factor,
            &push.txid,
            push.state.as_str(),
            &push.status,
            &push.status_msg,
            push.created_at,
            push.finished_at,
        ];
        tx.execute(INSERT, row).await?;
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(None)
    }

    /// Duo took the push: the person has yet to answer. False when it was not reserved.
    pub async fn sent(&self, tenant: &TenantId, push: &PushId, txid: &str) -> Result<bool, StoreError> {
        Ok(self.db.tenant(tenant).execute(SENT, values![tenant, push, txid]).await? == 1)
    }

    /// How a push ended; false when it had ended before.
    pub async fn finish(
        &self,
        tenant: &TenantId,
        push: &PushId,
        state: PushState,
        status: Option<&str>,
        status_msg: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let values = values![tenant, push, state.as_str(), status, status_msg, now];
        Ok(self.db.tenant(tenant).execute(FINISH, values).await? == 1)
    }

    /// The tenant's push with this transaction of Duo's.
    pub async fn find_by_txid(&self, tenant: &TenantId, txid: &str) -> Result<Option<Push>, StoreError> {
        let scope = self.db.tenant(tenant);
        scope.fetch_optional(FIND_BY_TXID, values![tenant, txid]).await?.as_ref().map(read).transpose()
    }

    /// The tenant's last push for this caller, or for this purpose, since then.
    pub async fn find_by_caller(
        &self,
        tenant: &TenantId,
        caller: &str,
        since: Timestamp,
    ) -> Result<Option<Push>, StoreError> {
        let scope = self.db.tenant(tenant);
        scope.fetch_optional(FIND_BY_CALLER, values![tenant, caller, since]).await?.as_ref().map(read).transpose()
    }

    /// Takes one push to follow, of any tenant, that nobody follows; `None` does not mean that there is no other.
    pub async fn claim_to_follow(&self, lease: &Lease, now: Timestamp) -> Result<Option<Push>, StoreError> {
        let mut tx = self.db.across(Reason::Work).begin().await?;
        let row = tx.fetch_optional(CLAIM, values![&lease.replica, lease.until, now]).await?;
        tx.commit().await?;
        row.as_ref().map(read).transpose()
    }

    /// Goes on following a push under a new end of the lease; false when it is over, or another replica follows it now.
    pub async fn keep_following(&self, push: &PushId, lease: &Lease) -> Result<bool, StoreError> {
        let values = values![push, &lease.replica, lease.until];
        Ok(self.db.across(Reason::Work).execute(RENEW, values).await? == 1)
    }

    /// Lets go of every push that this replica follows, so that others need not wait for the leases; how many.
    pub async fn let_go(&self, replica: &ReplicaId) -> Result<u64, StoreError> {
        self.db.across(Reason::Work).execute(LET_GO, values![replica]).await
    }

    /// Ends pushes that were counted and of which nothing was heard since, as when a replica died: whether they were
    /// sent is unknown. How many.
    pub async fn abandon(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.db.across(Reason::Work).execute(ABANDON, values![now.plus_ms(-OPEN_MS), now]).await
    }
}

/// Which cap refuses the push, and until when.
async fn refused(tx: &mut Tx, push: &Push, caps: &PushCaps, now: Timestamp) -> Result<Option<PushRefused>, StoreError> {
    let (tenant, user) = (&push.tenant, &push.user_id);
    if let Some(row) = tx.fetch_optional(COOLING, values![tenant, user, now.plus_ms(-caps.cool_down_ms)]).await? {
        let retry_at = row.of("pushes").time("finished_at")?.plus_ms(caps.cool_down_ms);
        return Ok(Some(PushRefused::CoolDown { retry_at }));
    }
    // The oldest of the last `n`: when it leaves the window, there is room for one more.
    let window = caps.person_window_ms;
    let last = |cap| values![tenant, user, now.plus_ms(-window), nth(cap)];
    if push.factor == PASSCODE {
        let cap = caps.passcodes_per_person;
        let full = leaves(tx, NTH_PASSCODE, last(cap), window, cap, now).await?;
        return Ok(full.map(|retry_at| PushRefused::Person { retry_at }));
    }
    if tx.fetch_optional(OPEN, values![tenant, user, now.plus_ms(-OPEN_MS)]).await?.is_some() {
        return Ok(Some(PushRefused::OneIsWaiting));
    }
    if let Some(retry_at) = leaves(tx, NTH_TO_PERSON, last(caps.per_person), window, caps.per_person, now).await? {
        return Ok(Some(PushRefused::Person { retry_at }));
    }
    let values = values![tenant, now.plus_ms(-HOUR_MS), nth(caps.per_tenant_hour)];
    let full = leaves(tx, NTH_OF_TENANT, values, HOUR_MS, caps.per_tenant_hour, now).await?;
    Ok(full.map(|retry_at| PushRefused::Tenant { retry_at }))
}

fn nth(cap: i64) -> i64 {
    (cap - 1).max(0)
}

/// When the window has room again; `None` when it has room now.
async fn leaves(
    tx: &mut Tx,
    sql: &'static str,
    values: Vec<super::value::Value>,
    window: i64,
    cap: i64,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    if cap <= 0 {
        return Ok(Some(now.plus_ms(window)));
    }
    let row = tx.fetch_optional(sql, values).await?;
    row.map(|row| Ok(row.of("pushes").time("created_at")?.plus_ms(window))).transpose()
}

fn read(row: &Row) -> Result<Push, StoreError> {
    let row = row.of("pushes");
    Ok(Push {
        id: row.parse("id", |text| PushId::parse(text).ok())?,
        tenant: row.parse("tenant_id", |text| TenantId::parse(text).ok())?,
        connection: row.parse("connection_id", |text| ConnectionId::parse(text).ok())?,
        caller: row.text("key_id")?,
        user_id: row.text("user_id")?,
        username: row.text("username")?,
        factor: row.text("factor")?,
        txid: row.text_opt("txid")?,
        state: row.parse("state", PushState::parse)?,
        status: row.text_opt("status")?,
        status_msg: row.text_opt("status_msg")?,
        created_at: row.time("created_at")?,
        finished_at: row.time_opt("finished_at")?,
    })
}
