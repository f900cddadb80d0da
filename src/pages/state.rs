//! What the pages need from the house.

use std::net::IpAddr;
use std::sync::Arc;

use crate::config::Cidr;
use crate::domain::clock::Clock;
use crate::domain::random::Random;
use crate::operations::Approvals;
use crate::store::Store;
use crate::web::cookie::CookieRule;
use crate::web::csrf::Csrf;
use crate::web::rate::{Rate, RateLimiter};

/// Failed sign-ins of one address within a minute before it is told to wait.
const FAILURES_PER_MINUTE: u32 = 5;
/// Addresses whose failures are remembered.
const ADDRESSES: usize = 10_000;

/// What the pages need from the house; cheap to clone.
#[derive(Clone)]
pub struct PagesState {
    pub(super) store: Store,
    pub(super) approvals: Arc<Approvals>,
    pub(super) clock: Clock,
    pub(super) random: Random,
    pub(super) csrf: Arc<Csrf>,
    pub(super) session: CookieRule,
    pub(super) ticket: CookieRule,
    pub(super) trusted_proxies: Arc<[Cidr]>,
    pub(super) failures: Arc<RateLimiter<IpAddr>>,
}

impl PagesState {
    /// From the parts of the house.
    pub fn new(
        store: Store,
        approvals: Arc<Approvals>,
        clock: Clock,
        random: Random,
        csrf: Csrf,
        trusted_proxies: Vec<Cidr>,
        is_https: bool,
    ) -> Self {
        let rate = Rate { per_minute: FAILURES_PER_MINUTE, burst: FAILURES_PER_MINUTE };
        Self {
            store,
            approvals,
            clock,
            random,
            csrf: Arc::new(csrf),
            // The listener speaks plain HTTP; without a TLS proxy a browser would drop a cookie that is marked Secure.
            session: CookieRule::new("duo_mcp_session", is_https),
            ticket: CookieRule::new("duo_mcp_sign_in", is_https),
            trusted_proxies: trusted_proxies.into(),
            failures: Arc::new(RateLimiter::new(rate, ADDRESSES)),
        }
    }
}
