//! The signature itself and the header that carries it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha512;
use zeroize::Zeroizing;

use super::canonical::{SignedParts, canonical_text, hex};
use super::version::SignatureVersion;
use crate::key::{IntegrationKey, SecretKey};

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
