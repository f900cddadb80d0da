//! What the authorization server works with.

use std::net::IpAddr;
use std::sync::Arc;

use crate::config::Cidr;
use crate::domain::clock::Clock;
use crate::domain::ids::GrantId;
use crate::domain::random::Random;
use crate::grants::{Clients, Exchange, Requests};
use crate::web::cookie::CookieRule;
use crate::web::rate::{Rate, RateLimiter};

/// Requests of one address in a minute to begin an authorization, and to register.
const BEGUN: Rate = Rate { per_minute: 60, burst: 60 };
/// Failures of one address in a minute at the token endpoint, and tokens taken back. Hosted clients of many people share an
/// address.
const FAILED: Rate = Rate { per_minute: 300, burst: 300 };
const REVOKED: Rate = Rate { per_minute: 600, burst: 600 };
/// Refreshes of one grant. What is answered with 429 was done, and the same token is then given the same pair.
const REFRESHED: Rate = Rate { per_minute: 30, burst: 60 };
/// Registrations of one address in a minute. Hosted clients register afresh for each of their users.
const REGISTERED: Rate = Rate { per_minute: 600, burst: 600 };
/// Addresses that are remembered.
const ADDRESSES: usize = 10_000;

/// What the authorization server works with; cheap to clone.
#[derive(Clone)]
pub struct OauthState {
    pub(super) clients: Clients,
    pub(super) requests: Requests,
    pub(super) exchange: Exchange,
    pub(super) clock: Clock,
    pub(super) random: Random,
    pub(super) origin: Arc<str>,
    pub(super) registration: bool,
    pub(super) documents: bool,
    pub(super) browser: CookieRule,
    pub(super) trusted_proxies: Arc<[Cidr]>,
    pub(super) begun: Arc<RateLimiter<IpAddr>>,
    pub(super) registered: Arc<RateLimiter<IpAddr>>,
    pub(super) failed: Arc<RateLimiter<IpAddr>>,
    pub(super) revoked: Arc<RateLimiter<IpAddr>>,
    pub(super) refreshed: Arc<RateLimiter<GrantId>>,
}

/// What the authorization server is made of.
pub struct OauthParts {
    /// Who may ask.
    pub clients: Clients,
    /// What is asked.
    pub requests: Requests,
    /// What is given.
    pub exchange: Exchange,
    /// The time.
    pub clock: Clock,
    /// Random secrets for browsers.
    pub random: Random,
    /// The issuer.
    pub origin: String,
    /// Whether clients may register.
    pub registration: bool,
    /// Whether clients may come with documents.
    pub documents: bool,
    /// What a browser holds while a request is under way.
    pub browser: CookieRule,
    /// Who may say which address a client has.
    pub trusted_proxies: Vec<Cidr>,
}

impl OauthState {
    /// From its parts.
    pub fn new(parts: OauthParts) -> Self {
        let limiter = |rate| Arc::new(RateLimiter::new(rate, ADDRESSES));
        Self {
            clients: parts.clients,
            requests: parts.requests,
            exchange: parts.exchange,
            clock: parts.clock,
            random: parts.random,
            origin: parts.origin.into(),
            registration: parts.registration,
            documents: parts.documents,
            browser: parts.browser,
            trusted_proxies: parts.trusted_proxies.into(),
            begun: limiter(BEGUN),
            registered: limiter(REGISTERED),
            failed: limiter(FAILED),
            revoked: limiter(REVOKED),
            refreshed: Arc::new(RateLimiter::new(REFRESHED, ADDRESSES)),
        }
    }
}
