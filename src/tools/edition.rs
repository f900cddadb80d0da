//! Duo's editions: the codes of the API and the names they are sold under.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An edition that a child account can be put on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum Edition {
    /// Duo Essentials.
    #[serde(rename = "ENTERPRISE", alias = "Essentials", alias = "essentials", alias = "enterprise")]
    Enterprise,
    /// Duo Advantage.
    #[serde(rename = "PLATFORM", alias = "Advantage", alias = "advantage", alias = "platform")]
    Platform,
    /// Duo Premier.
    #[serde(rename = "BEYOND", alias = "Premier", alias = "premier", alias = "beyond")]
    Beyond,
}

impl Edition {
    /// Duo's code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Enterprise => "ENTERPRISE",
            Self::Platform => "PLATFORM",
            Self::Beyond => "BEYOND",
        }
    }
}

/// The name that an edition is sold under; the code itself when it is not known.
pub(crate) fn plain_edition(code: &str) -> &str {
    match code {
        "ENTERPRISE" => "Duo Essentials",
        "PLATFORM" => "Duo Advantage",
        "BEYOND" => "Duo Premier",
        "PERSONAL" => "Duo Free",
        other => other,
    }
}
