//! The canonical texts whose MAC a signature is, for versions 2 and 5.

use http::HeaderMap;
use sha2::{Digest as _, Sha512};

use super::encoding::{decode_pairs, encode, hex};
use crate::rule::{Rule, broken};

/// The parameter line: decoded from the wire, encoded anew, sorted as encoded text.
pub(super) fn parameters(wire: &str) -> String {
    let mut pairs: Vec<(String, String)> =
        decode_pairs(wire).iter().map(|(key, value)| (encode(key), encode(value))).collect();
    if !broken(Rule::ParametersSorted) {
        pairs.sort();
    }
    pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
}

/// Version 2: five lines.
pub(super) fn version_two(date: &str, method: &str, host: &str, path: &str, parameters: &str) -> String {
    [date, &method.to_ascii_uppercase(), &host.to_ascii_lowercase(), path, parameters].join("\n")
}

/// Version 5: the five lines, then digests of the body's bytes and of the `x-duo-` headers.
pub(super) fn version_five(two: &str, body: &[u8], headers: &HeaderMap) -> String {
    format!("{two}\n{}\n{}", hex(&Sha512::digest(body)), hex(&Sha512::digest(duo_headers(headers))))
}

/// `name NUL value` of each `x-duo-` header, by name; of a name sent twice the last counts.
fn duo_headers(headers: &HeaderMap) -> Vec<u8> {
    let mut names: Vec<&str> =
        headers.keys().map(http::HeaderName::as_str).filter(|n| n.starts_with("x-duo-")).collect();
    names.sort_unstable();
    let parts: Vec<Vec<u8>> = names
        .iter()
        .filter_map(|name| headers.get_all(*name).iter().next_back().map(|value| (name, value)))
        .map(|(name, value)| [name.as_bytes(), &[0], value.as_bytes()].concat())
        .collect();
    parts.join(&0)
}
