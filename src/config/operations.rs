//! Changes that wait for a person, and caps on pushes against push fatigue.

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

/// Caps on pushes to people's phones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PushSettings {
    /// Pushes that one person may be sent within `per_person_minutes`.
    #[schemars(range(min = 1, max = 100))]
    pub per_person: u32,
    /// Passcodes that may be tried for one person within `per_person_minutes`.
    #[schemars(range(min = 1, max = 100))]
    pub passcodes_per_person: u32,
    /// The length of time that `per_person` and `passcodes_per_person` are counted over, in minutes.
    #[schemars(range(min = 1, max = 1_440))]
    pub per_person_minutes: Minutes,
    /// Pushes that one tenant may send within an hour.
    #[schemars(range(min = 1, max = 100_000))]
    pub per_tenant_hour: u32,
    /// How long a person is left alone after a push was denied or reported as fraud, in minutes.
    #[schemars(range(min = 0, max = 1_440))]
    pub cool_down_minutes: Minutes,
}

impl Default for PushSettings {
    fn default() -> Self {
        Self {
            per_person: 3,
            passcodes_per_person: 5,
            per_person_minutes: Minutes(10),
            per_tenant_hour: 30,
            cool_down_minutes: Minutes(30),
        }
    }
}
