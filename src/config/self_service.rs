//! Whether somebody new may bring a Duo account without the operator.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether somebody new may bring a Duo account without the operator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the setting's own description says what they mean")]
pub enum SelfService {
    Off,
    #[default]
    Invite,
    Open,
}
