//! How the audit trail is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::Millis;

/// The audit trail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuditSettings {
    /// How long rows of reads are collected before they are written together, in milliseconds. A crash may lose the
    /// batch that was being collected; changes are never batched.
    #[schemars(range(min = 1, max = 10_000))]
    pub reads_batch_ms: Millis,
    /// Whether a read is answered only after its row is written, so that a crash loses none. Slower.
    pub strict: bool,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self { reads_batch_ms: Millis(200), strict: false }
    }
}
