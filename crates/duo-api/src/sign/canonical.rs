//! The canonical text of a request: what the HMAC is computed over.

use std::collections::BTreeMap;

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

/// The SHA-512 of nothing: most requests have no body, and none of ours has headers that are signed.
const OF_NOTHING: &str = "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce\
                          47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";

/// The text that is signed: five lines under v2, seven under v5.
pub fn canonical_text(version: SignatureVersion, parts: &SignedParts<'_>) -> String {
    let mut text = String::with_capacity(512);
    text.push_str(parts.date);
    text.push('\n');
    text.extend(parts.method.chars().map(|character| character.to_ascii_uppercase()));
    text.push('\n');
    text.push_str(&canonical_host(parts.host));
    text.push('\n');
    text.push_str(parts.path);
    text.push('\n');
    text.push_str(&canonical_params(parts.params));
    if version == SignatureVersion::V5 {
        text.push('\n');
        push_sha512(&mut text, parts.body);
        text.push('\n');
        push_sha512(&mut text, canonical_headers(parts.headers).as_bytes());
    }
    text
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

fn push_sha512(text: &mut String, bytes: &[u8]) {
    if bytes.is_empty() {
        text.push_str(OF_NOTHING);
    } else {
        text.push_str(&hex(&Sha512::digest(bytes)));
    }
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_nothing_is_what_it_says() {
        assert_eq!(hex(&Sha512::digest(b"")), OF_NOTHING);
    }
}
