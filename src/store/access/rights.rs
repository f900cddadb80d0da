//! Acts on a tenant, begun by who may do them at that very moment.
//!
//! Whoever asks is looked at before, without a transaction, so that it can be told at once. Meanwhile it may have been
//! demoted or removed. Here it is looked at again, when the tenant is held and nothing about its members changes any
//! more: an act that members do begins by one of these functions.

use crate::domain::actor::Actor;
use crate::domain::ids::{MemberId, TenantId};
use crate::domain::member::Member;

use crate::store::db::{Db, Tx};
use crate::store::error::StoreError;
use crate::store::members::current;
use crate::store::tenants::lock;

/// Begins an act of somebody who manages the tenant: `Conflict("manager")` when a member does so no more.
pub(in crate::store) async fn managed(db: &Db, tenant: &TenantId, by: &Actor) -> Result<Tx, StoreError> {
    managed_if_there(db, tenant, by).await?.ok_or(StoreError::Conflict("the tenant is gone"))
}

/// The same; `None` when there is no such tenant, or none any more.
pub(in crate::store) async fn managed_if_there(
    db: &Db,
    tenant: &TenantId,
    by: &Actor,
) -> Result<Option<Tx>, StoreError> {
    let mut tx = db.tenant(tenant).begin().await?;
    if !lock(&mut tx, tenant).await? {
        return Ok(None);
    }
    still_manages(&mut tx, tenant, by).await?;
    Ok(Some(tx))
}

/// Refuses who neither manages the tenant nor is the member whose this is, inside a transaction that holds the tenant: a
/// member may take away what is its own, whatever its role.
pub(in crate::store) async fn still_manages_or_is(
    tx: &mut Tx,
    tenant: &TenantId,
    whose: &MemberId,
    by: &Actor,
) -> Result<(), StoreError> {
    let is_own = matches!(by, Actor::Member { member, .. } if member == whose);
    if is_own { Ok(()) } else { still_manages(tx, tenant, by).await }
}

/// Refuses a member who may decide no more of what waits, inside a transaction that holds the tenant: which member it
/// is, or nobody when no member decides.
pub(in crate::store) async fn still_approves(
    tx: &mut Tx,
    tenant: &TenantId,
    by: &Actor,
) -> Result<Option<Member>, StoreError> {
    let Actor::Member { member, .. } = by else { return Ok(None) };
    let found = current(tx, tenant, member).await?.filter(Member::may_approve);
    found.map(Some).ok_or(StoreError::Conflict("approver"))
}

/// A key or a client manages nothing: it would outlive its own end.
async fn still_manages(tx: &mut Tx, tenant: &TenantId, by: &Actor) -> Result<(), StoreError> {
    let manages = match by {
        Actor::Operator { .. } | Actor::Console | Actor::House => true,
        Actor::Key { .. } | Actor::Grant { .. } => false,
        Actor::Member { member, .. } => current(tx, tenant, member).await?.is_some_and(|found| found.manages()),
    };
    if manages { Ok(()) } else { Err(StoreError::Conflict("manager")) }
}
