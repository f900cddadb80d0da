//! Percent-encoding as the signature needs it, and decoding of what was sent.

use std::fmt::Write as _;

/// Decodes a form or query: pairs in the order sent, repeated keys and empty values kept.
pub(crate) fn decode_pairs(wire: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    wire.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key, true), decode(value, true))
        })
        .collect()
}

/// Decodes one path segment, in which a plus sign is a plus sign.
pub(crate) fn decode_component(segment: &str) -> String {
    String::from_utf8_lossy(&decode(segment, false)).into_owned()
}

fn decode(text: &str, plus_is_space: bool) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%').then(|| hex_pair(bytes.get(at + 1), bytes.get(at + 2))).flatten();
        if let Some(value) = escaped {
            out.push(value);
            at += 3;
        } else {
            out.push(if byte == b'+' && plus_is_space { b' ' } else { byte });
            at += 1;
        }
    }
    out
}

fn hex_pair(high: Option<&u8>, low: Option<&u8>) -> Option<u8> {
    let high = char::from(*high?).to_digit(16)?;
    let low = char::from(*low?).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

/// Encodes for the canonical text: only `A-Za-z0-9_.~-` stay, hex digits are capitals.
pub(super) fn encode(raw: &[u8]) -> String {
    let mut out = String::with_capacity(raw.len());
    for &byte in raw {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'~' | b'-') {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Lower-case hex of a digest.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Encodes text for a place in a URL.
pub(crate) fn encode_component(text: &str) -> String {
    encode(text.as_bytes())
}
