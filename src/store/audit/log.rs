//! The audit log: rows are added and read, never changed.

use std::sync::LazyLock;

use crate::domain::audit::{AuditEvent, AuditOutcome};
use crate::domain::card::Level;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{EventId, OperationId, RequestId, TenantId};

use super::batch::Batch;
use crate::store::db::{Db, Reason, Tx};
use crate::store::error::StoreError;
use crate::store::row::Row;
use crate::store::value::{Value, json, values};

macro_rules! columns {
    () => {
        "id, tenant_id, at, actor, action, account, digest, level, outcome, code, objects, operation, request, duration_ms"
    };
}

const COLUMNS: usize = 14;
static INSERT: LazyLock<Batch> = LazyLock::new(|| Batch::new(concat!("INSERT INTO audit (", columns!(), ")"), COLUMNS));

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
    pub(in crate::store) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// Adds these rows: all of them, or none.
    pub async fn append(&self, events: &[AuditEvent]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.across(Reason::Audit).begin().await?;
        let mut values = Vec::with_capacity(events.len() * COLUMNS);
        for event in events {
            row_values(event, &mut values)?;
        }
        INSERT.add(&mut tx, values).await?;
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
pub(in crate::store) async fn record(tx: &mut Tx, event: &AuditEvent) -> Result<(), StoreError> {
    if !tx.is_for(event.tenant.as_ref()) {
        return Err(StoreError::Conflict("the audit event belongs to another tenant than the act"));
    }
    let mut values = Vec::with_capacity(COLUMNS);
    row_values(event, &mut values)?;
    INSERT.add(tx, values).await
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
