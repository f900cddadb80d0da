//! How a request is signed: the versions that Duo accepts.

use serde::{Deserialize, Serialize};

/// How a request is signed. Everything takes v5; the others are a way out for an account where it fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SignatureVersion {
    /// Seven lines, HMAC-SHA-512, JSON bodies.
    #[default]
    #[serde(rename = "v5")]
    V5,
    /// Five lines, HMAC-SHA-512, form bodies.
    #[serde(rename = "v2_sha512")]
    V2Sha512,
    /// Five lines, HMAC-SHA-1, form bodies.
    #[serde(rename = "v2_sha1")]
    V2Sha1,
}

impl SignatureVersion {
    /// All three.
    pub const ALL: [Self; 3] = [Self::V5, Self::V2Sha512, Self::V2Sha1];

    /// The word in data and settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V5 => "v5",
            Self::V2Sha512 => "v2_sha512",
            Self::V2Sha1 => "v2_sha1",
        }
    }

    /// The version of this word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.as_str() == text)
    }
}

impl std::fmt::Display for SignatureVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
