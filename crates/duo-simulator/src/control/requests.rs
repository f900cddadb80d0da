//! What the control endpoints are asked with.

use serde::Deserialize;

use crate::world::Press;

/// Moves the world's clock.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockRequest {
    pub(super) offset_ms: Option<i64>,
    pub(super) advance_ms: Option<i64>,
}

/// Presses a button on a phone: of one login, or of the latest that waits for a user.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PressRequest {
    pub(super) txid: Option<String>,
    pub(super) user: Option<String>,
    pub(super) action: Press,
}

/// Loads people for a test of size.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoadRequest {
    pub(super) users: usize,
    /// The parent, if absent.
    pub(super) account_id: Option<String>,
}
