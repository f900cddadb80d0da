//! Caps on pushes, counted over all replicas, against push fatigue.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::Minutes;

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
