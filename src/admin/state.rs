//! What the REST API needs from the house.

use std::net::IpAddr;
use std::sync::Arc;

use crate::config::Cidr;
use crate::domain::clock::Clock;
use crate::operations::Approvals;
use crate::store::Store;
use crate::tenants::Acts;
use crate::web::rate::{Rate, RateLimiter};

/// Failed sign-ins of one address that are answered as such within a minute.
const FAILURES_PER_MINUTE: u32 = 5;
/// Addresses whose failures are remembered.
const ADDRESSES: usize = 10_000;

/// What the REST API needs from the house; cheap to clone.
#[derive(Clone)]
pub struct AdminState {
    pub(super) store: Store,
    pub(super) acts: Acts,
    pub(super) approvals: Arc<Approvals>,
    pub(super) clock: Clock,
    pub(super) trusted_proxies: Arc<[Cidr]>,
    pub(super) failures: Arc<RateLimiter<IpAddr>>,
}

impl AdminState {
    /// From the parts of the house.
    pub fn new(store: Store, acts: Acts, approvals: Arc<Approvals>, clock: Clock, trusted_proxies: Vec<Cidr>) -> Self {
        let rate = Rate { per_minute: FAILURES_PER_MINUTE, burst: FAILURES_PER_MINUTE };
        let failures = Arc::new(RateLimiter::new(rate, ADDRESSES));
        Self { store, acts, approvals, clock, trusted_proxies: trusted_proxies.into(), failures }
    }
}
