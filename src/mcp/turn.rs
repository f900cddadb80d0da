//! Turns: so many calls of one tenant run at a time, and no tenant takes another's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::domain::ids::TenantId;

/// How long a call waits for its turn before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);
/// From this many tenants on, those without a call under way are forgotten.
const REMEMBERED: usize = 1024;

/// The turns of all tenants.
pub(super) struct Turns {
    at_a_time: usize,
    tenants: Mutex<HashMap<TenantId, Arc<Semaphore>>>,
}

impl Turns {
    pub(super) fn new(at_a_time: usize) -> Self {
        Self { at_a_time, tenants: Mutex::default() }
    }

    /// A turn, held as long as the permit lives; `None` when too many calls of the tenant are under way.
    pub(super) async fn take(&self, tenant: &TenantId) -> Option<OwnedSemaphorePermit> {
        let turns = self.of(tenant);
        timeout(PATIENCE, turns.acquire_owned()).await.ok()?.ok()
    }

    fn of(&self, tenant: &TenantId) -> Arc<Semaphore> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if tenants.len() > REMEMBERED {
            tenants.retain(|_, turns| Arc::strong_count(turns) > 1 || turns.available_permits() < self.at_a_time);
        }
        let turns = tenants.entry(tenant.clone()).or_insert_with(|| Arc::new(Semaphore::new(self.at_a_time)));
        Arc::clone(turns)
    }
}
