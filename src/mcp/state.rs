//! What the MCP transport works with.

use std::net::IpAddr;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::turn::Turns;
use crate::calls::Calls;
use crate::config::Cidr;
use crate::domain::clock::Clock;
use crate::grants::Providers;
use crate::tenants::Registry;
use crate::web::rate::{Rate, RateLimiter};

/// The bounds of the transport.
#[derive(Clone, Copy, Debug)]
pub struct McpLimits {
    /// The longest request body.
    pub body_bytes: usize,
    /// The deepest nesting of a request body.
    pub json_depth: usize,
    /// How many calls of one tenant run at a time.
    pub tenant_concurrency: usize,
    /// How many requests one key or grant may make in a minute.
    pub per_minute: u32,
}

/// Which door of the house this is.
#[derive(Clone, Debug)]
pub enum Door {
    /// People may let clients in here: access tokens for this resource are taken, and a challenge names the way.
    People {
        /// What access tokens here are for.
        resource: String,
        /// Where the resource's metadata lie.
        metadata: String,
    },
    /// API keys alone, and no sign of anything else: some clients drop a configured key when they find a sign-in.
    Keys,
}

/// How many keys' rates are remembered.
const REMEMBERED: usize = 20_000;
/// Look-ups of keys that nobody has, of one network in a minute. Hosted clients of many people share one.
const GUESSES: Rate = Rate { per_minute: 120, burst: 120 };

/// What the MCP transport works with; cheap to clone.
#[derive(Clone)]
pub struct McpState {
    pub(super) calls: Calls,
    pub(super) registry: Registry,
    pub(super) clock: Clock,
    pub(super) limits: McpLimits,
    pub(super) door: Door,
    pub(super) providers: Providers,
    pub(super) rate: Arc<RateLimiter<String>>,
    pub(super) guesses: Arc<RateLimiter<IpAddr>>,
    pub(super) trusted_proxies: Arc<[Cidr]>,
    pub(super) turns: Arc<Turns>,
    pub(super) stop: CancellationToken,
}

impl McpState {
    /// The transport of this corridor, behind the door that takes keys alone; `stop` ends what is still open at shutdown.
    pub fn new(
        calls: Calls,
        registry: Registry,
        providers: Providers,
        clock: Clock,
        limits: McpLimits,
        trusted_proxies: Vec<Cidr>,
        stop: CancellationToken,
    ) -> Self {
        let door = Door::Keys;
        let rate = Rate { per_minute: limits.per_minute, burst: (limits.per_minute / 4).max(20) };
        Self {
            calls,
            registry,
            clock,
            limits,
            door,
            providers,
            rate: Arc::new(RateLimiter::new(rate, REMEMBERED)),
            guesses: Arc::new(RateLimiter::new(GUESSES, REMEMBERED)),
            trusted_proxies: trusted_proxies.into(),
            turns: Arc::new(Turns::new(limits.tenant_concurrency)),
            stop,
        }
    }

    /// The same corridor, limits and counts behind another door.
    #[must_use]
    pub fn behind(&self, door: Door) -> Self {
        Self { door, ..self.clone() }
    }
}
