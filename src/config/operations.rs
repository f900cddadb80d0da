//! How long a change may wait for a person, and how waiting changes are taken up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::{Hours, Millis, Minutes, Seconds};

/// Changes that wait for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OperationSettings {
    /// How long a client's form may be answered, in minutes.
    #[schemars(range(min = 1, max = 60))]
    pub form_minutes: Minutes,
    /// How long a change waits for its approval before it expires, in hours.
    #[schemars(range(min = 1, max = 720))]
    pub approval_hours: Hours,
    /// Changes of one API key that may wait for a person at a time; what is asked for beyond is refused.
    #[schemars(range(min = 1, max = 10_000))]
    pub open_per_key: u32,
    /// How long a replica holds an approved change that it has claimed, in seconds, before another may look after it.
    #[schemars(range(min = 5, max = 600))]
    pub lease_seconds: Seconds,
    /// How often a replica looks for approved changes, in milliseconds.
    #[schemars(range(min = 50, max = 60_000))]
    pub worker_interval_ms: Millis,
}

impl Default for OperationSettings {
    fn default() -> Self {
        Self {
            form_minutes: Minutes(10),
            approval_hours: Hours(24),
            open_per_key: 200,
            lease_seconds: Seconds(30),
            worker_interval_ms: Millis(1_000),
        }
    }
}
