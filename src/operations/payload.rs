//! An operation's plan, sealed for its tenant and bound to its row.

use crate::domain::connection::Sealed;
use crate::domain::ids::{OperationId, TenantId};
use crate::domain::plan::Plan;
use crate::vault::{DataKey, Place, Vault, VaultError};

/// Seals a plan for the row of this operation; it opens in no other.
pub fn seal_plan(
    vault: &Vault,
    key: &DataKey,
    tenant: &TenantId,
    operation: &OperationId,
    plan: &Plan,
) -> Result<Sealed, VaultError> {
    // A plan is texts, numbers and maps with text keys: there is nothing in it that JSON could refuse.
    let text = serde_json::to_vec(plan).unwrap_or_default();
    vault.seal(key, place(tenant, operation), &text)
}

/// Opens the plan of this operation.
pub fn open_plan(
    vault: &Vault,
    key: &DataKey,
    tenant: &TenantId,
    operation: &OperationId,
    sealed: &Sealed,
) -> Result<Plan, VaultError> {
    let text = vault.open(key, place(tenant, operation), sealed)?;
    serde_json::from_slice(&text).map_err(|_| VaultError::DoesNotOpen { what: "the plan of an operation" })
}

/// A plan is sealed once and never changed, so its version is always the first.
fn place<'a>(tenant: &'a TenantId, operation: &'a OperationId) -> Place<'a> {
    Place { tenant, owner: operation.as_str(), field: "plan", version: 1 }
}
