//! The canonical text of a request: what the HMAC is computed over.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha512};

use super::encode::percent_encode;
use super::version::SignatureVersion;

/// The parts of a request that a signature covers.
#[derive(Clone, Copy, Debug)]
pub struct SignedParts<'a> {
    /// The value of the date header, byte for byte.
    pub date: &'a str,
    /// The verb in any case.
    pub method: &'a str,
    /// The host, in any case, with or without a port.
    pub host: &'a str,
    /// The path as it is sent: escapes are neither decoded nor normalised.
    pub path: &'a str,
    /// The decoded parameters of the query, and under v2 of the form.
    pub params: &'a [(String, String)],
    /// The bytes of the body; only v5 signs them.
    pub body: &'a [u8],
    /// The `X-Duo-*` headers; only v5 signs them.
    pub headers: &'a [(String, String)],
}

/// The text that is signed: five lines under v2, seven under v5.
pub fn canonical_text(version: SignatureVersion, parts: &SignedParts<'_>) -> String {
    let mut lines = vec![
        parts.date.to_owned(),
        parts.method.to_ascii_uppercase(),
        canonical_host(parts.host),
        parts.path.to_owned(),
        canonical_params(parts.params),
    ];
    if version == SignatureVersion::V5 {
        lines.push(sha512_hex(parts.body));
        lines.push(sha512_hex(canonical_headers(parts.headers).as_bytes()));
    }
    lines.join("\n")
}

fn canonical_host(host: &str) -> String {
    let lower = host.to_ascii_lowercase();
    match lower.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name.to_owned(),
        _ => lower,
    }
}

/// Sorted after escaping, by name and then by value: an accented name sorts as its `%`, before `~`.
fn canonical_params(params: &[(String, String)]) -> String {
    let mut pairs: Vec<(String, String)> =
        params.iter().map(|(name, value)| (percent_encode(name), percent_encode(value))).collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// Of two names that differ only in case the last value is signed, as Duo's own client does.
fn canonical_headers(headers: &[(String, String)]) -> String {
    let sorted: BTreeMap<String, &str> = headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
        .filter(|(name, _)| name.starts_with("x-duo-"))
        .collect();
    let fields: Vec<&str> = sorted.iter().flat_map(|(name, value)| [name.as_str(), value]).collect();
    fields.join("\0")
}

fn sha512_hex(bytes: &[u8]) -> String {
    hex(&Sha512::digest(bytes))
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
