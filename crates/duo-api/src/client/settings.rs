//! How a client behaves: bounds on time and size, and where names lead.

use std::sync::Arc;
use std::time::Duration;

use super::backoff::Backoff;
use super::overrides::ConnectOverride;
use crate::clock::{Clock, Jitter};

/// How long one attempt may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a secure connection stands.
    pub connect: Duration,
    /// Until the head of an ordinary answer.
    pub first_byte: Duration,
    /// Until the end of an ordinary answer.
    pub ordinary: Duration,
    /// Until the end of a long poll; above the minute for which Duo may hold one.
    pub long_poll: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            first_byte: Duration::from_secs(15),
            ordinary: Duration::from_secs(20),
            long_poll: Duration::from_secs(70),
        }
    }
}

/// How a client behaves.
#[derive(Clone)]
pub struct ClientSettings {
    /// The wall clock, for the date of signatures.
    pub clock: Arc<dyn Clock>,
    /// Chance, for waits.
    pub jitter: Jitter,
    /// Bounds on time.
    pub timeouts: Timeouts,
    /// Waits between attempts.
    pub backoff: Backoff,
    /// The most bytes of an answer.
    pub max_answer_bytes: usize,
    /// Names that lead elsewhere: how a simulator is reached. Names stay Duo's.
    pub overrides: Vec<ConnectOverride>,
    /// How the client names itself.
    pub user_agent: String,
}

impl ClientSettings {
    /// The defaults around a clock and a source of chance.
    pub fn new(clock: Arc<dyn Clock>, jitter: Jitter) -> Self {
        Self {
            clock,
            jitter,
            timeouts: Timeouts::default(),
            backoff: Backoff::default(),
            max_answer_bytes: 16 * 1024 * 1024,
            overrides: Vec::new(),
            user_agent: "duo-mcp-gateway".to_owned(),
        }
    }
}
