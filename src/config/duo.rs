//! How long a call to Duo may take, and how much it may answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::Seconds;

/// Calls to Duo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DuoSettings {
    /// How long connecting to Duo may take, TLS included, in seconds.
    #[schemars(range(min = 1, max = 60))]
    pub connect_timeout_seconds: Seconds,
    /// How long Duo may take until the first byte of an answer, in seconds.
    #[schemars(range(min = 1, max = 300))]
    pub first_byte_timeout_seconds: Seconds,
    /// How long one call may take in all, its retries and waits included, in seconds.
    #[schemars(range(min = 1, max = 300))]
    pub call_timeout_seconds: Seconds,
    /// How long a call may take that waits for a person to answer a push, in seconds.
    #[schemars(range(min = 10, max = 300))]
    pub long_poll_timeout_seconds: Seconds,
    /// Largest answer that is read, in bytes.
    #[schemars(range(min = 65_536, max = 268_435_456))]
    pub max_answer_bytes: usize,
}

impl Default for DuoSettings {
    fn default() -> Self {
        Self {
            connect_timeout_seconds: Seconds(3),
            first_byte_timeout_seconds: Seconds(15),
            call_timeout_seconds: Seconds(20),
            long_poll_timeout_seconds: Seconds(70),
            max_answer_bytes: 16 * 1024 * 1024,
        }
    }
}
