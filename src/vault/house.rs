//! The keys of the house: derived from one root secret, each for one purpose.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::envelope::associated;

/// The root secret; kept no longer than it takes to derive the keys.
pub(super) type Root = Zeroizing<[u8; 32]>;

/// The house's own keys. They cannot be printed, and are wiped when dropped.
pub struct HouseKeys {
    cursors: Zeroizing<[u8; 32]>,
    request_state: Zeroizing<[u8; 32]>,
    fingerprints: Zeroizing<[u8; 32]>,
    audit: Zeroizing<[u8; 32]>,
    csrf: Zeroizing<[u8; 32]>,
    rotation: Zeroizing<[u8; 32]>,
    registrants: Zeroizing<[u8; 32]>,
    passkeys: Zeroizing<[u8; 32]>,
    sign_in: Zeroizing<[u8; 32]>,
}

impl HouseKeys {
    /// Derives every key from the root secret. The labels never change: a new purpose takes a new label.
    pub(super) fn derive(root: &[u8; 32]) -> Self {
        let source = Hkdf::<Sha256>::new(Some(b"duo-mcp-gateway/house/v1"), root);
        let key = |label: &str| {
            let mut out = Zeroizing::new([0; 32]);
            let Ok(()) = source.expand(label.as_bytes(), out.as_mut_slice()) else {
                unreachable!("HKDF gives up to 255 blocks of 32 bytes, and this is one")
            };
            out
        };
        Self {
            cursors: key("cursors"),
            request_state: key("request-state"),
            fingerprints: key("fingerprints"),
            audit: key("audit"),
            csrf: key("csrf"),
            rotation: key("rotation"),
            registrants: key("registrants"),
            passkeys: key("passkeys"),
            sign_in: key("sign-in"),
        }
    }

    /// For the cursors of long lists.
    pub fn cursors(&self) -> &[u8; 32] {
        &self.cursors
    }

    /// For what a client carries between two halves of one request.
    pub fn request_state(&self) -> &[u8; 32] {
        &self.request_state
    }

    /// For telling whether two credentials are the same without telling what they are.
    pub fn fingerprints(&self) -> &[u8; 32] {
        &self.fingerprints
    }

    /// For the digests in the audit log.
    pub fn audit(&self) -> &[u8; 32] {
        &self.audit
    }

    /// For the tokens in forms.
    pub fn csrf(&self) -> &[u8; 32] {
        &self.csrf
    }

    /// For the codes and tokens that follow from what was shown.
    pub fn rotation(&self) -> &[u8; 32] {
        &self.rotation
    }

    /// For the addresses that clients register from, which are not kept themselves.
    pub fn registrants(&self) -> &[u8; 32] {
        &self.registrants
    }

    /// For what a browser carries while an authenticator is asked.
    pub fn passkeys(&self) -> &[u8; 32] {
        &self.passkeys
    }

    /// For what leads a browser to an identity provider and back.
    pub fn sign_in(&self) -> &[u8; 32] {
        &self.sign_in
    }
}

impl fmt::Debug for HouseKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HouseKeys")
    }
}

/// What the wrapped root secret is bound to.
pub(super) fn bound(kek_id: &str) -> Vec<u8> {
    associated("duo-mcp-gateway/root/v1", &[kek_id.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_has_its_own_key_and_the_same_root_gives_the_same() {
        let (one, again, other) =
            (HouseKeys::derive(&[1; 32]), HouseKeys::derive(&[1; 32]), HouseKeys::derive(&[2; 32]));
        let all = [
            one.cursors(),
            one.request_state(),
            one.fingerprints(),
            one.audit(),
            one.csrf(),
            one.rotation(),
            one.registrants(),
            one.passkeys(),
            one.sign_in(),
            &[0; 32],
            &[1; 32],
        ];
        for (n, key) in all.iter().enumerate() {
            assert!(!all[n + 1..].contains(key), "{n}");
        }
        assert_eq!(one.audit(), again.audit());
        assert_ne!(one.audit(), other.audit());
        assert_eq!(format!("{one:?}"), "HouseKeys");
    }
}
