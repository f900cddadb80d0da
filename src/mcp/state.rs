//! What the MCP transport works with.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::turn::Turns;
use crate::calls::Calls;
use crate::domain::clock::Clock;
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

/// How many keys' rates are remembered.
const REMEMBERED: usize = 20_000;

/// What the MCP transport works with; cheap to clone.
#[derive(Clone)]
pub struct McpState {
    pub(super) calls: Calls,
    pub(super) registry: Registry,
    pub(super) clock: Clock,
    pub(super) limits: McpLimits,
    pub(super) rate: Arc<RateLimiter<String>>,
    pub(super) turns: Arc<Turns>,
    pub(super) stop: CancellationToken,
}

impl McpState {
    /// The transport of this corridor; `stop` ends what is still open at shutdown.
    pub fn new(calls: Calls, registry: Registry, clock: Clock, limits: McpLimits, stop: CancellationToken) -> Self {
        let rate = Rate { per_minute: limits.per_minute, burst: (limits.per_minute / 4).max(20) };
        Self {
            calls,
            registry,
            clock,
            limits,
            rate: Arc::new(RateLimiter::new(rate, REMEMBERED)),
            turns: Arc::new(Turns::new(limits.tenant_concurrency)),
            stop,
        }
    }
}
