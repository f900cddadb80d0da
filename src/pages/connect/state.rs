//! What the connect pages need from the house.

use std::net::IpAddr;
use std::sync::Arc;

use crate::calls::Calls;
use crate::clients::Endpoint;
use crate::config::{Cidr, SelfService};
use crate::domain::clock::Clock;
use crate::domain::random::Random;
use crate::grants::Requests;
use crate::grants::oidc::Door;
use crate::operations::Approvals;
use crate::store::Store;
use crate::tenants::{Acts, Registry};
use crate::vault::Vault;
use crate::web::cookie::CookieRule;
use crate::web::csrf::Csrf;
use crate::web::rate::{Rate, RateLimiter};

/// Failed sign-ins of one address within a minute before it is told to wait.
const FAILED: Rate = Rate { per_minute: 5, burst: 10 };
/// Codes of the identity provider that one address may have exchanged within a minute, whatever comes of them: each is a
/// request to the provider with the gateway's own secret.
const REDEEMED: Rate = Rate { per_minute: 30, burst: 30 };
/// Addresses whose failures are remembered.
const ADDRESSES: usize = 10_000;

/// What the connect pages need; cheap to clone.
#[derive(Clone)]
pub struct ConnectState {
    pub(in crate::pages) acts: Acts,
    pub(in crate::pages) registry: Registry,
    pub(super) requests: Requests,
    pub(super) calls: Calls,
    pub(in crate::pages) store: Store,
    pub(super) vault: Arc<Vault>,
    pub(in crate::pages) approvals: Arc<Approvals>,
    pub(in crate::pages) clock: Clock,
    pub(super) random: Random,
    pub(super) csrf: Arc<Csrf>,
    pub(super) origin: Arc<str>,
    pub(in crate::pages) house: Arc<House>,
    pub(super) session: CookieRule,
    pub(super) browser: CookieRule,
    pub(super) once: CookieRule,
    /// What somebody came for who has to sign in first.
    pub(super) after: CookieRule,
    pub(super) attempt: CookieRule,
    pub(super) provider: Option<Door>,
    pub(super) trusted_proxies: Arc<[Cidr]>,
    pub(super) failures: Arc<RateLimiter<IpAddr>>,
    pub(super) redeemed: Arc<RateLimiter<IpAddr>>,
}

/// What the pages say of this gateway.
#[derive(Clone, Debug)]
pub struct House {
    /// Where clients find it.
    pub endpoint: Endpoint,
    /// Whether somebody new may bring a Duo account.
    pub self_service: SelfService,
    /// From where it calls Duo, as texts.
    pub egress: Vec<String>,
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
    /// What the manage page shows.
    pub store: Store,
    /// What seals a secret on its way to the page that shows it.
    pub vault: Arc<Vault>,
    /// What waits for a person.
    pub approvals: Arc<Approvals>,
    /// The time.
    pub clock: Clock,
    /// Random texts.
    pub random: Random,
    /// Proofs in forms.
    pub csrf: Csrf,
    /// The issuer.
    pub origin: String,
    /// What the pages say of this gateway.
    pub house: House,
    /// What a browser holds while a request is under way.
    pub browser: CookieRule,
    /// The door by the operator's identity provider, if there is one.
    pub provider: Option<Door>,
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
            store: parts.store,
            vault: parts.vault,
            approvals: parts.approvals,
            clock: parts.clock,
            random: parts.random,
            csrf: Arc::new(parts.csrf),
            origin: parts.origin.into(),
            house: Arc::new(parts.house),
            session: CookieRule::lax("duo_mcp_member", is_https),
            browser: parts.browser,
            once: CookieRule::new("duo_mcp_once", is_https),
            after: CookieRule::lax("duo_mcp_after", is_https),
            attempt: CookieRule::lax("duo_mcp_provider", is_https),
            provider: parts.provider,
            trusted_proxies: parts.trusted_proxies.into(),
            failures: Arc::new(RateLimiter::new(FAILED, ADDRESSES)),
            redeemed: Arc::new(RateLimiter::new(REDEEMED, ADDRESSES)),
        }
    }
}
