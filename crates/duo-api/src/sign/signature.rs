//! The signature itself and the header that carries it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::Sha512;
use zeroize::Zeroizing;

use super::canonical::{SignedParts, canonical_text, hex};
use crate::key::{IntegrationKey, SecretKey};

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

/// The signature of a request in lower-case hex.
pub fn signature_hex(version: SignatureVersion, parts: &SignedParts<'_>, secret: &SecretKey) -> String {
    let text = canonical_text(version, parts);
    match version {
        SignatureVersion::V5 | SignatureVersion::V2Sha512 => mac::<Hmac<Sha512>>(secret, &text),
        SignatureVersion::V2Sha1 => mac::<Hmac<Sha1>>(secret, &text),
    }
}

/// The value of the `Authorization` header.
pub fn authorization(
    version: SignatureVersion,
    parts: &SignedParts<'_>,
    key: &IntegrationKey,
    secret: &SecretKey,
) -> Zeroizing<String> {
    let pair = Zeroizing::new(format!("{}:{}", key.as_str(), signature_hex(version, parts, secret)));
    Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
}

fn mac<M: Mac + KeyInit>(secret: &SecretKey, text: &str) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length; the error is of the trait, not of HMAC")]
    let mut mac = <M as KeyInit>::new_from_slice(secret.signing_bytes()).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    hex(&mac.finalize().into_bytes())
}
