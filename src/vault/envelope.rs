//! The sealed text: what it is made of and what it is bound to.
//!
//! A sealed text is `s1.KEY.NONCE.CIPHERTEXT`: the layout's version, the name of the key that opens it (a data key's
//! version, or the id of a key-encryption key), and two parts in base64url. Everything before the ciphertext and the
//! place it belongs to is authenticated with it. No function takes a nonce: each is drawn here, so none can be used twice
//! by a caller's mistake.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, Key, KeyInit, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::error::VaultError;
use crate::domain::connection::Sealed;
use crate::domain::ids::TenantId;
use crate::domain::random::Random;

/// The layout of the sealed text.
const LAYOUT: &str = "s1";
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// The place that a sealed secret belongs to; it opens in no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Whose secret it is.
    pub tenant: &'a TenantId,
    /// The row: a credential's or an operation's id.
    pub owner: &'a str,
    /// The field of the row.
    pub field: &'a str,
    /// The row's version, so that an older text of the same row does not open either.
    pub version: i64,
}

impl Place<'_> {
    /// The place as associated data, for a text sealed by this tenant's data key.
    pub(super) fn bound(&self, key: &str) -> Vec<u8> {
        let version = self.version.to_be_bytes();
        let parts: [&[u8]; 5] =
            [key.as_bytes(), self.tenant.as_str().as_bytes(), self.owner.as_bytes(), self.field.as_bytes(), &version];
        associated("duo-mcp-gateway/secret/v1", &parts)
    }
}

/// Joins a label and parts so that no two tuples give the same bytes: each part after its length (u32, big-endian).
///
/// Joining with a separator would not do: `a|b` with `c` and `a` with `b|c` would be the same.
pub(super) fn associated(label: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(label.len() + 4 + parts.iter().map(|part| part.len() + 4).sum::<usize>());
    for part in std::iter::once(&label.as_bytes()).chain(parts) {
        // A part of more than 4 GiB cannot occur: they are ids, field names and numbers.
        out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}

/// Seals `plain` with `key`, which the text calls `name`.
pub(super) fn seal(
    key: &[u8; 32],
    name: &str,
    bound: &[u8],
    plain: &[u8],
    random: &Random,
) -> Result<Sealed, VaultError> {
    let nonce: [u8; NONCE_BYTES] = random.bytes()?;
    let ciphertext = cipher(key)
        .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: bound })
        .map_err(|_| VaultError::DoesNotOpen { what: "a text that is too long to seal" })?;
    let (nonce, ciphertext) = (URL_SAFE_NO_PAD.encode(nonce), URL_SAFE_NO_PAD.encode(ciphertext));
    Ok(Sealed(format!("{LAYOUT}.{name}.{nonce}.{ciphertext}")))
}

/// Opens a text that `seal` made with the same key, name and associated data.
pub(super) fn open(
    key: &[u8; 32],
    name: &str,
    bound: &[u8],
    sealed: &Sealed,
    what: &'static str,
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let refused = || VaultError::DoesNotOpen { what };
    let (found, nonce, ciphertext) = split(sealed).ok_or_else(refused)?;
    if found != name {
        return Err(refused());
    }
    let nonce: [u8; NONCE_BYTES] = decode(nonce).and_then(|bytes| bytes.try_into().ok()).ok_or_else(refused)?;
    let ciphertext = decode(ciphertext).filter(|bytes| bytes.len() >= TAG_BYTES).ok_or_else(refused)?;
    let plain = cipher(key).decrypt(&Nonce::from(nonce), Payload { msg: &ciphertext, aad: bound });
    plain.map(Zeroizing::new).map_err(|_| refused())
}

fn split(sealed: &Sealed) -> Option<(&str, &str, &str)> {
    let mut parts = sealed.0.split('.');
    let whole = (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next());
    match whole {
        (LAYOUT, name, nonce, ciphertext, None) => Some((name, nonce, ciphertext)),
        _ => None,
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn cipher(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_join_alike_are_told_apart() {
        assert_ne!(associated("l", &[b"a|b", b"c"]), associated("l", &[b"a", b"b|c"]));
        assert_ne!(associated("l", &[b"ab", b""]), associated("l", &[b"a", b"b"]));
        assert_eq!(associated("l", &[b"ab"]), [0, 0, 0, 1, b'l', 0, 0, 0, 2, b'a', b'b']);
    }

    #[test]
    fn every_flipped_bit_of_the_text_is_refused() {
        let random = Random::seeded(3);
        let key = [7; 32];
        let sealed = seal(&key, "12", b"bound", b"a secret", &random).unwrap();
        assert_eq!(open(&key, "12", b"bound", &sealed, "it").unwrap().as_slice(), b"a secret");
        let bytes = sealed.0.into_bytes();
        let mut flips = 0;
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            // A flip that is no text any more cannot stand in a column of text.
            let Ok(text) = String::from_utf8(changed) else { continue };
            flips += 1;
            assert!(open(&key, "12", b"bound", &Sealed(text), "it").is_err(), "bit {bit}");
        }
        assert!(flips > 300, "{flips}");
    }

    #[test]
    fn a_text_of_another_shape_is_refused_without_a_panic() {
        for text in
            ["", "s1", "s1.1.", "s1.1.AAAA.AAAA", "s1.1.AAAAAAAAAAAAAAAA.AAAA", "s1.1.a.b.c", "s2.1.a.b", "é.1.a.b"]
        {
            assert!(open(&[7; 32], "1", b"", &Sealed(text.into()), "it").is_err(), "{text}");
        }
    }

    #[test]
    fn a_hundred_thousand_nonces_are_all_different() {
        let random = Random::system();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..100_000 {
            let sealed = seal(&[7; 32], "1", b"", b"", &random).unwrap();
            let nonce = sealed.0.split('.').nth(2).unwrap().to_owned();
            assert!(seen.insert(nonce));
        }
    }
}
