//! Carrying operations out: one replica at a time, under a lease that ends.

use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{OperationId, ReplicaId, TenantId};
use crate::domain::operation::{ItemResult, Operation, OperationState};

use crate::store::audit::record;
use crate::store::db::{Reason, Tx};
use crate::store::error::StoreError;
use crate::store::value::{json, values};

use super::lookup::{Operations, columns, read};

// The condition on the state stands as the index of what can be claimed has it: SQLite compares the words.
macro_rules! claimable {
    () => {
        "state IN ('approved', 'running') AND (state = 'approved' OR lease_until IS NULL OR lease_until < "
    };
}

// The condition stands twice, because another replica may have taken the row between the two looks at it.
const CLAIM: &str = concat!(
    "UPDATE operations SET state = 'running', lease_replica = $1, lease_until = $2 \
     WHERE id = (SELECT id FROM operations WHERE ",
    claimable!(),
    "$3) ORDER BY created_at, id LIMIT 1) AND ",
    claimable!(),
    "$3) RETURNING ",
    columns!()
);
const CLAIMABLE: &str = concat!("SELECT id FROM operations WHERE ", claimable!(), "$1) LIMIT 1");
// A lease is made longer, never shorter.
const RENEW: &str = "UPDATE operations SET lease_until = CASE WHEN lease_until > $3 THEN lease_until ELSE $3 END \
    WHERE id = $1 AND lease_replica = $2 AND state = 'running'";
const HOLD: &str = "UPDATE operations SET lease_until = CASE WHEN lease_until > $4 THEN lease_until ELSE $4 END \
    WHERE tenant_id = $1 AND id = $2 AND lease_replica = $3 AND state = 'running'";
const FINISH: &str = "UPDATE operations SET state = $4, results = $5, finished_at = $6, payload = NULL, \
    lease_replica = NULL, lease_until = NULL \
    WHERE tenant_id = $1 AND id = $2 AND lease_replica = $3 AND state = 'running'";

/// How often a claim looks again when another replica took the row that it saw.
const CLAIM_TRIES: usize = 8;

/// Who carries something out, and until when nobody else does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The replica.
    pub replica: ReplicaId,
    /// When anybody may take it over.
    pub until: Timestamp,
}

impl Operations {
    /// Takes one operation to carry out, of any tenant: approved, or running under a lease that ran out.
    pub async fn claim(&self, lease: &Lease, now: Timestamp) -> Result<Option<Operation>, StoreError> {
        let scope = self.db.across(Reason::Work);
        for _ in 0..CLAIM_TRIES {
            let mut tx = scope.begin().await?;
            if let Some(row) = tx.fetch_optional(CLAIM, values![&lease.replica, lease.until, now]).await? {
                tx.commit().await?;
                return read(&row).map(Some);
            }
            // Nothing was taken: there is nothing, or somebody was quicker with the oldest and there is more.
            let more = tx.fetch_optional(CLAIMABLE, values![now]).await?;
            tx.commit().await?;
            if more.is_none() {
                break;
            }
        }
        Ok(None)
    }

    /// Makes the lease last until at least its new end; false when this replica does not hold it any more.
    pub async fn renew(&self, operation: &OperationId, lease: &Lease) -> Result<bool, StoreError> {
        let values = values![operation, &lease.replica, lease.until];
        Ok(self.db.across(Reason::Work).execute(RENEW, values).await? == 1)
    }

    /// Ends an operation with what came of it, and wipes what was sealed; false, and nothing is written, when this
    /// replica does not hold the lease any more.
    #[expect(clippy::too_many_arguments, reason = "the end of an operation is these facts, said once")]
    pub async fn finish(
        &self,
        tenant: &TenantId,
        operation: &OperationId,
        replica: &ReplicaId,
        state: OperationState,
        results: &[ItemResult],
        now: Timestamp,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.tenant(tenant).begin().await?;
        let values = values![tenant, operation, replica, state.as_str(), json(results)?, now];
        if tx.execute(FINISH, values).await? == 0 {
            return Ok(false);
        }
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Whether this replica holds the operation; if so nobody takes it over before the transaction ends, nor before `until`.
pub(in crate::store) async fn hold(
    tx: &mut Tx,
    tenant: &TenantId,
    operation: &OperationId,
    replica: &ReplicaId,
    until: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(HOLD, values![tenant, operation, replica, until]).await? == 1)
}
