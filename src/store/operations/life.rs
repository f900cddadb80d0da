//! What people decide of an operation, and what happens when nobody does.

use crate::domain::actor::Actor;
use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{OperationId, TenantId};
use crate::domain::operation::Operation;

use crate::store::access::rights::still_approves;
use crate::store::audit::record;
use crate::store::db::Reason;
use crate::store::error::StoreError;
use crate::store::tenants::lock;
use crate::store::value::{json, values};

use super::lease::Lease;
use super::lookup::{FIND, Operations, columns, read};

// What was sealed is wiped as soon as it will not be carried out.
const APPROVE: &str = concat!(
    "UPDATE operations SET state = 'approved', decided_by = $3, decided_at = $4 \
     WHERE tenant_id = $1 AND id = $2 AND state = 'waiting' AND expires_at > $4 RETURNING ",
    columns!()
);
const DENY: &str = concat!(
    "UPDATE operations SET state = 'denied', decided_by = $3, decided_at = $4, finished_at = $4, payload = NULL \
     WHERE tenant_id = $1 AND id = $2 AND state = 'waiting' AND expires_at > $4 RETURNING ",
    columns!()
);
const TAKE_FORM: &str = concat!(
    "UPDATE operations SET state = 'running', lease_replica = $3, lease_until = $4, decided_by = caller, \
     decided_at = $5 WHERE tenant_id = $1 AND id = $2 AND state = 'asking' AND expires_at > $5 RETURNING ",
    columns!()
);
const REFUSE_FORM: &str = "UPDATE operations SET state = 'denied', decided_by = $3, decided_at = $4, finished_at = $4, \
    payload = NULL WHERE tenant_id = $1 AND id = $2 AND state = 'asking'";
const CANCEL: &str = "UPDATE operations SET state = 'cancelled', decided_by = $3, decided_at = $4, finished_at = $4, \
    payload = NULL WHERE tenant_id = $1 AND id = $2 AND state IN ('asking', 'waiting', 'approved')";
// Few at a time: each has its audit row in the same transaction. The condition stands twice because another replica
// may have taken a row between the two looks at it.
const EXPIRE: &str = concat!(
    "UPDATE operations SET state = 'expired', finished_at = $1, payload = NULL \
     WHERE id IN (SELECT e.id FROM operations e WHERE e.state IN ('asking', 'waiting') AND e.expires_at <= $1 \
     ORDER BY e.id LIMIT 100) AND state IN ('asking', 'waiting') AND expires_at <= $1 RETURNING ",
    columns!()
);

/// What came of a decision.
#[derive(Clone, Debug, PartialEq)]
pub enum Decided {
    /// It holds; the operation as it is now.
    Done(Box<Operation>),
    /// The operation no longer waits, or ran out; as it is.
    Not(Box<Operation>),
    /// There is no such operation.
    Unknown,
}

impl Operations {
    /// Says yes or no to an operation that waits; the first decision holds. `Conflict("approver")` when a member decides
    /// who may not, or not any more; `Conflict("own request")` when one says yes to what it asked for itself and does not
    /// manage the tenant.
    pub async fn decide(
        &self,
        tenant: &TenantId,
        operation: &OperationId,
        yes: bool,
        by: &Actor,
        now: Timestamp,
        event: &AuditEvent,
    ) -> Result<Decided, StoreError> {
        let mut tx = self.db.tenant(tenant).begin().await?;
        if !lock(&mut tx, tenant).await? {
            return Ok(Decided::Unknown);
        }
        let approver = still_approves(&mut tx, tenant, by).await?;
        let sql = if yes { APPROVE } else { DENY };
        if let Some(row) = tx.fetch_optional(sql, values![tenant, operation, json(by)?, now]).await? {
            let decided = read(&row)?;
            let is_own = approver.is_some_and(|found| !found.manages() && decided.caller.member() == Some(&found.id));
            if yes && is_own {
                return Err(StoreError::Conflict("own request"));
            }
            record(&mut tx, event).await?;
            tx.commit().await?;
            return Ok(Decided::Done(Box::new(decided)));
        }
        let row = tx.fetch_optional(FIND, values![tenant, operation]).await?;
        row.as_ref().map_or(Ok(Decided::Unknown), |row| Ok(Decided::Not(Box::new(read(row)?))))
    }

    /// The client's form came back with a yes: the operation runs from now on under this lease. `None` when it was
    /// taken, refused or cancelled before, or ran out.
    pub async fn take_form(
        &self,
        tenant: &TenantId,
        operation: &OperationId,
        lease: &Lease,
        now: Timestamp,
        event: &AuditEvent,
    ) -> Result<Option<Operation>, StoreError> {
        let mut tx = self.db.tenant(tenant).begin().await?;
        let values = values![tenant, operation, &lease.replica, lease.until, now];
        let Some(row) = tx.fetch_optional(TAKE_FORM, values).await? else { return Ok(None) };
        record(&mut tx, event).await?;
        tx.commit().await?;
        read(&row).map(Some)
    }

    /// The client's form came back with a no; false when it was answered before.
    pub async fn refuse_form(
        &self,
        tenant: &TenantId,
        operation: &OperationId,
        by: &Actor,
        now: Timestamp,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.end(REFUSE_FORM, tenant, operation, by, now, event).await
    }

    /// Takes an operation back that has not begun to run; false when there is none.
    pub async fn cancel(
        &self,
        tenant: &TenantId,
        operation: &OperationId,
        by: &Actor,
        now: Timestamp,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.end(CANCEL, tenant, operation, by, now, event).await
    }

    async fn end(
        &self,
        sql: &'static str,
        tenant: &TenantId,
        operation: &OperationId,
        by: &Actor,
        now: Timestamp,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.tenant(tenant).begin().await?;
        if tx.execute(sql, values![tenant, operation, json(by)?, now]).await? == 0 {
            return Ok(false);
        }
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends questions that ran out, of all tenants, at most a hundred; how many.
    pub async fn expire(
        &self,
        now: Timestamp,
        make_event: &(dyn Fn(&Operation) -> AuditEvent + Send + Sync),
    ) -> Result<usize, StoreError> {
        let mut tx = self.db.across(Reason::Work).begin().await?;
        let rows = tx.fetch_all(EXPIRE, values![now]).await?;
        for row in &rows {
            record(&mut tx, &make_event(&read(row)?)).await?;
        }
        tx.commit().await?;
        Ok(rows.len())
    }
}
