//! The audit log: rows are added and read, never changed.

use std::sync::LazyLock;

use crate::domain::audit::{AuditEvent, AuditOutcome};
use crate::domain::card::Level;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{EventId, OperationId, RequestId, TenantId};

use super::db::{Db, Reason, Tx};
use super::error::StoreError;
use super::row::Row;
use super::value::{Value, json, values};

macro_rules! columns {
    () => {
        "id, tenant_id, at, actor, action, account, digest, level, outcome, code, objects, operation, request, duration_ms"
    };
}

const COLUMNS: usize = 14;
/// The most rows of one statement.
pub const BATCH: usize = 512;

/// One text for each power of two up to a batch, made once: any number of rows is a few statements, and the database
/// knows them all. A row has 14 values, so the longest stays below what either database takes in one statement.
static INSERTS: LazyLock<[String; 10]> = LazyLock::new(|| std::array::from_fn(|power| insert(1 << power)));

fn insert(rows: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> = (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("INSERT INTO audit ({}) VALUES {}", columns!(), rows.join(", "))
}

/// The largest of those statements that these rows fill, and how many rows it takes.
fn largest(rows: usize) -> (&'static str, usize) {
    let power = rows.clamp(1, BATCH).ilog2();
    (INSERTS[power as usize].as_str(), 1 << power)
}

const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM audit WHERE ($1 IS NULL OR tenant_id = $1) AND ($2 IS NULL OR at < $2 OR (at = $2 AND id < $3)) \
     ORDER BY at DESC, id DESC LIMIT $4"
);

/// What happened.
#[derive(Clone)]
pub struct AuditLog {
    db: Db,
}

impl AuditLog {
    pub(super) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// Adds these rows: all of them, or none.
    pub async fn append(&self, events: &[AuditEvent]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.across(Reason::Audit).begin().await?;
        let mut left = events;
        while !left.is_empty() {
            let (sql, count) = largest(left.len());
            let (batch, rest) = left.split_at(count);
            let mut values = Vec::with_capacity(count * COLUMNS);
            for event in batch {
                row_values(event, &mut values)?;
            }
            tx.execute(sql, values).await?;
            left = rest;
        }
        tx.commit().await
    }

    /// The rows of a tenant, or of everybody and the house, newest first, from below `after` on.
    pub async fn list(
        &self,
        tenant: Option<&TenantId>,
        after: Option<(Timestamp, EventId)>,
        limit: i64,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let scope = tenant.map_or_else(|| self.db.across(Reason::Audit), |tenant| self.db.tenant(tenant));
        let (at, id) = after.map_or((None, None), |(at, id)| (Some(at), Some(id)));
        scope.fetch_all(LIST, values![tenant, at, id.as_ref(), limit]).await?.iter().map(event).collect()
    }
}

/// Adds a row in the transaction of what it is about.
pub(super) async fn record(tx: &mut Tx, event: &AuditEvent) -> Result<(), StoreError> {
    if !tx.is_for(event.tenant.as_ref()) {
        return Err(StoreError::Conflict("the audit event belongs to another tenant than the act"));
    }
    let mut values = Vec::with_capacity(COLUMNS);
    row_values(event, &mut values)?;
    tx.execute(largest(1).0, values).await.map(|_| ())
}

fn row_values(event: &AuditEvent, values: &mut Vec<Value>) -> Result<(), StoreError> {
    values.extend(values![
        &event.id,
        event.tenant.as_ref(),
        event.at,
        json(&event.actor)?,
        &event.action,
        &event.account,
        &event.digest,
        event.level.map(Level::as_str),
        event.outcome.as_str(),
        &event.code,
        json(&event.objects)?,
        event.operation.as_ref(),
        event.request.as_ref(),
        event.duration_ms,
    ]);
    Ok(())
}

fn event(row: &Row) -> Result<AuditEvent, StoreError> {
    let row = row.of("audit");
    Ok(AuditEvent {
        id: row.parse("id", |text| EventId::parse(text).ok())?,
        tenant: row.parse_opt("tenant_id", |text| TenantId::parse(text).ok())?,
        at: row.time("at")?,
        actor: row.json("actor")?,
        action: row.text("action")?,
        account: row.text_opt("account")?,
        digest: row.text_opt("digest")?,
        level: row.parse_opt("level", Level::parse)?,
        outcome: row.parse("outcome", AuditOutcome::parse)?,
        code: row.text_opt("code")?,
        objects: row.json("objects")?,
        operation: row.parse_opt("operation", |text| OperationId::parse(text).ok())?,
        request: row.parse_opt("request", |text| RequestId::parse(text).ok())?,
        duration_ms: row.int_opt("duration_ms")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_rows_is_a_few_statements() {
        for rows in [1, 2, 3, 63, 400, 511, 512, 1000] {
            let (mut left, mut statements) = (rows, 0);
            while left > 0 {
                let (sql, count) = largest(left);
                assert!(count <= left && sql.ends_with(&format!("${})", count * COLUMNS)), "{rows}");
                left -= count;
                statements += 1;
            }
            assert!(statements <= 10, "{rows} rows are {statements} statements");
        }
    }
}
