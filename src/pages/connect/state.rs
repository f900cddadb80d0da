//! What the connect pages need from the house.

use std::net::IpAddr;
use std::sync::Arc;

use crate::calls::Calls;
use crate::config::Cidr;
use crate::domain::clock::Clock;
use crate::grants::Requests;
use crate::tenants::{Acts, Registry};
use crate::web::cookie::CookieRule;
use crate::web::csrf::Csrf;
use crate::web::rate::{Rate, RateLimiter};

/// Failed sign-ins of one address within a minute before it is told to wait.
const FAILED: Rate = Rate { per_minute: 5, burst: 10 };
/// Addresses whose failures are remembered.
const ADDRESSES: usize = 10_000;

/// What the connect pages need; cheap to clone.
#[derive(Clone)]
pub struct ConnectState {
    pub(super) acts: Acts,
    pub(super) registry: Registry,
    pub(super) requests: Requests,
    pub(super) calls: Calls,
    pub(super) clock: Clock,
    pub(super) csrf: Arc<Csrf>,
    pub(super) origin: Arc<str>,
    pub(super) session: CookieRule,
    pub(super) browser: CookieRule,
    pub(super) trusted_proxies: Arc<[Cidr]>,
    pub(super) failures: Arc<RateLimiter<IpAddr>>,
}

/// What the connect pages are made of.
pub struct ConnectParts {
    /// How members come in.
    pub acts: Acts,
    /// The tenants, with their accounts.
    pub registry: Registry,
    /// What is asked.
    pub requests: Requests,
    /// Sends the push that a tenant may ask for.
    pub calls: Calls,
    /// The time.
    pub clock: Clock,
    /// Proofs in forms.
    pub csrf: Csrf,
    /// The issuer.
    pub origin: String,
    /// What a browser holds while a request is under way.
    pub browser: CookieRule,
    /// Who may say which address a client has.
    pub trusted_proxies: Vec<Cidr>,
}

impl ConnectState {
    /// From its parts.
    pub fn new(parts: ConnectParts) -> Self {
        let is_https = parts.origin.starts_with("https://");
        Self {
            acts: parts.acts,
            registry: parts.registry,
            requests: parts.requests,
            calls: parts.calls,
            clock: parts.clock,
            csrf: Arc::new(parts.csrf),
            origin: parts.origin.into(),
            session: CookieRule::lax("duo_mcp_member", is_https),
            browser: parts.browser,
            trusted_proxies: parts.trusted_proxies.into(),
            failures: Arc::new(RateLimiter::new(FAILED, ADDRESSES)),
        }
    }
}
