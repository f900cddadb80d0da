//! An operation begins: a new row, a repeat, or a standing approval used up.

use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::operation::Operation;

use crate::store::audit::record;
use crate::store::db::Tx;
use crate::store::error::StoreError;
use crate::store::tenants::lock_existing;
use crate::store::value::{json, values};

use super::lease::Lease;
use super::lookup::{Operations, columns, read};

// A repeat is the same caller asking for exactly the same while the first is under way, or while nobody knows what came
// of it. Asking begins before the change does, with a look at Duo: a first that ended meanwhile was under way then. A
// question that ran out unanswered, and was not yet noted as such, is no repeat.
const REPEATED: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM operations WHERE tenant_id = $1 AND caller_key = $2 AND digest = $3 \
     AND (state IN ('approved', 'running') OR (state = 'waiting' AND expires_at > $4) \
     OR (state = 'outcome_unknown' AND finished_at > $5) OR (state IN ('done', 'failed') AND finished_at > $6)) \
     ORDER BY created_at DESC, id DESC LIMIT 1"
);
const STANDING_USED: &str = "SELECT COUNT(*) AS used FROM operations \
    WHERE tenant_id = $1 AND standing = $2 AND created_at > $3";
const OPEN: &str = "SELECT COUNT(*) AS open FROM operations WHERE tenant_id = $1 AND caller_key = $2 \
    AND state IN ('asking', 'waiting') AND expires_at > $3";
const INSERT: &str = "INSERT INTO operations (id, tenant_id, tool, level, account, caller, caller_key, title, objects, \
    digest, payload, state, decided_by, results, standing, lease_replica, lease_until, created_at, expires_at, decided_at, \
    finished_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)";
const INSERT_STEPS: &str = "INSERT INTO steps (tenant_id, operation_id, position, attempts) \
    WITH RECURSIVE places (position) AS (SELECT CAST(0 AS BIGINT) UNION ALL \
    SELECT position + 1 FROM places WHERE position + 1 < $3) SELECT $1, $2, position, 0 FROM places";

const HOUR_MS: i64 = 3600 * 1000;

/// An operation that is about to begin.
#[derive(Clone, Copy, Debug)]
pub struct NewOperation<'a> {
    /// The row.
    pub operation: &'a Operation,
    /// How many steps its plan has.
    pub steps: i64,
    /// Who carries it out, when it begins as running.
    pub lease: Option<&'a Lease>,
    /// Since when it was asked for, if a repeat is answered with the first one.
    pub repeats_since: Option<Timestamp>,
    /// The standing approval that it runs under.
    pub standing: Option<&'a StandingUse>,
    /// When it begins by waiting for a person: how many of its caller's may wait at most, itself included.
    pub most_open: Option<i64>,
}

/// One use of a standing approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingUse {
    /// A digest that names the approval and who has it; uses are counted by it.
    pub approval: String,
    /// The most uses in an hour.
    pub per_hour: i64,
}

/// How an operation began.
#[derive(Clone, Debug, PartialEq)]
pub enum Begun {
    /// The row is new.
    New,
    /// It is a repeat of this one; nothing was written.
    Repeat(Box<Operation>),
    /// The standing approval was used as often as it allows; nothing was written.
    StandingUsedUp,
    /// As many of the caller's as may wait for a person wait already; nothing was written.
    TooManyOpen,
}

impl Operations {
    /// Begins an operation, and writes the events with it. Counting and comparing hold under any number of callers at
    /// once, because they queue for the tenant.
    pub async fn begin(&self, new: NewOperation<'_>, events: &[AuditEvent]) -> Result<Begun, StoreError> {
        let operation = new.operation;
        let mut tx = self.db.tenant(&operation.tenant).begin().await?;
        lock_existing(&mut tx, &operation.tenant).await?;
        if let Some(since) = new.repeats_since
            && let Some(first) = repeated(&mut tx, operation, since).await?
        {
            return Ok(Begun::Repeat(Box::new(first)));
        }
        if let Some(standing) = new.standing
            && used(&mut tx, operation, standing).await? >= standing.per_hour
        {
            return Ok(Begun::StandingUsedUp);
        }
        if let Some(most) = new.most_open
            && open(&mut tx, operation).await? >= most
        {
            return Ok(Begun::TooManyOpen);
        }
        insert(&mut tx, &new).await?;
        for event in events {
            record(&mut tx, event).await?;
        }
        tx.commit().await?;
        Ok(Begun::New)
    }
}

async fn repeated(tx: &mut Tx, operation: &Operation, since: Timestamp) -> Result<Option<Operation>, StoreError> {
    let now = operation.created_at;
    let caller = operation.caller.key_text();
    let values = values![&operation.tenant, caller, &operation.digest, now, now.plus_ms(-24 * HOUR_MS), since];
    tx.fetch_optional(REPEATED, values).await?.as_ref().map(read).transpose()
}

async fn used(tx: &mut Tx, operation: &Operation, standing: &StandingUse) -> Result<i64, StoreError> {
    let since = operation.created_at.plus_ms(-HOUR_MS);
    let values = values![&operation.tenant, &standing.approval, since];
    tx.fetch_optional(STANDING_USED, values).await?.map_or(Ok(0), |row| row.get("used"))
}

async fn open(tx: &mut Tx, operation: &Operation) -> Result<i64, StoreError> {
    let values = values![&operation.tenant, operation.caller.key_text(), operation.created_at];
    tx.fetch_optional(OPEN, values).await?.map_or(Ok(0), |row| row.get("open"))
}

async fn insert(tx: &mut Tx, new: &NewOperation<'_>) -> Result<(), StoreError> {
    let operation = new.operation;
    let row = values![
        &operation.id,
        &operation.tenant,
        &operation.tool,
        operation.level.as_str(),
        &operation.account,
        json(&operation.caller)?,
        operation.caller.key_text(),
        &operation.title,
        operation.objects,
        &operation.digest,
        operation.payload.as_ref().map(|payload| payload.0.as_str()),
        operation.state.as_str(),
        operation.decided_by.as_ref().map(json).transpose()?,
        json(&operation.results)?,
        new.standing.map(|standing| standing.approval.as_str()),
        new.lease.map(|lease| &lease.replica),
        new.lease.map(|lease| lease.until),
        operation.created_at,
        operation.expires_at,
        operation.decided_at,
        operation.finished_at,
    ];
    tx.execute(INSERT, row).await.map_err(|error| error.conflict("operation"))?;
    if new.steps > 0 {
        tx.execute(INSERT_STEPS, values![&operation.tenant, &operation.id, new.steps]).await?;
    }
    Ok(())
}
