//! How a request is signed: the versions that Duo accepts.

use serde::{Deserialize, Serialize};

/// A way of signing. Version 5 is what Duo's own clients use; the others are an escape hatch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureVersion {
    /// Seven lines, HMAC-SHA-512.
    #[default]
    V5,
    /// Five lines, HMAC-SHA-512.
    V2Sha512,
    /// Five lines, HMAC-SHA-1.
    V2Sha1,
}

impl SignatureVersion {
    /// The version as it is stored and configured.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V5 => "v5",
            Self::V2Sha512 => "v2_sha512",
            Self::V2Sha1 => "v2_sha1",
        }
    }

    /// The version that this text names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::V5, Self::V2Sha512, Self::V2Sha1].into_iter().find(|version| version.as_str() == text)
    }
}
