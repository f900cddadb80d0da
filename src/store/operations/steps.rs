//! Steps of operations: what was sent, how often, and what came of it.

use crate::domain::clock::Timestamp;
use crate::domain::ids::{OperationId, ReplicaId, TenantId};
use crate::domain::operation::{ItemResult, StepRow};

use super::super::db::Db;
use super::super::error::StoreError;
use super::super::row::Row;
use super::super::value::{json, values};
use super::lease::hold;

const LIST: &str = "SELECT operation_id, position, attempts, send_deadline, results FROM steps \
    WHERE tenant_id = $1 AND operation_id = $2 ORDER BY position";
const SENDING: &str = "UPDATE steps SET attempts = attempts + 1, send_deadline = $4 \
    WHERE tenant_id = $1 AND operation_id = $2 AND position = $3 AND attempts = $5 AND results IS NULL";
const RESULT: &str = "UPDATE steps SET results = $4 \
    WHERE tenant_id = $1 AND operation_id = $2 AND position = $3 AND results IS NULL";

/// The steps of the tenants' operations.
#[derive(Clone)]
pub struct Steps {
    db: Db,
}

impl Steps {
    pub(in crate::store) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// An operation's steps, in order.
    pub async fn list(&self, tenant: &TenantId, operation: &OperationId) -> Result<Vec<StepRow>, StoreError> {
        self.db.tenant(tenant).fetch_all(LIST, values![tenant, operation]).await?.iter().map(read).collect()
    }

    /// Notes that a step is about to be sent, and may arrive until `deadline`; the lease lasts at least as long. False
    /// when this replica does not hold the operation any more, when the step has its result, or when it was sent more
    /// often than the `attempts` that the caller knows of: then nothing is sent. The last tells apart two tasks of one
    /// replica, which may both believe that they hold the operation.
    pub async fn sending(
        &self,
        tenant: &TenantId,
        operation: &OperationId,
        replica: &ReplicaId,
        position: i64,
        attempts: i64,
        deadline: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.tenant(tenant).begin().await?;
        if !hold(&mut tx, tenant, operation, replica, deadline).await?
            || tx.execute(SENDING, values![tenant, operation, position, deadline, attempts]).await? == 0
        {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Notes what came of a step, once; false when this replica does not hold the operation any more, or it was noted.
    pub async fn result(
        &self,
        tenant: &TenantId,
        operation: &OperationId,
        replica: &ReplicaId,
        position: i64,
        results: &[ItemResult],
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.tenant(tenant).begin().await?;
        // The lease is looked at, not made longer.
        if !hold(&mut tx, tenant, operation, replica, Timestamp(0)).await?
            || tx.execute(RESULT, values![tenant, operation, position, json(results)?]).await? == 0
        {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }
}

fn read(row: &Row) -> Result<StepRow, StoreError> {
    let row = row.of("steps");
    Ok(StepRow {
        position: row.int("position")?,
        attempts: row.int("attempts")?,
        send_deadline: row.time_opt("send_deadline")?,
        results: row.json_opt("results")?,
    })
}
