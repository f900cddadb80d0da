//! What is stored of an identity at another provider.

use sha2::{Digest, Sha256};

use super::token::TokenHash;

/// The hash that an identity is looked up by: of its issuer and the claim's value, each after its length. No token of
/// ours has such a hash, because tokens are hashed as they are and none begins like this.
pub fn identity_hash(issuer: &str, value: &str) -> TokenHash {
    let mut hash = Sha256::new_with_prefix(b"identity of another provider\0");
    for part in [issuer, value] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_and_value_do_not_run_together() {
        assert_eq!(identity_hash("https://a", "b"), identity_hash("https://a", "b"));
        assert_ne!(identity_hash("https://a", "bc"), identity_hash("https://ab", "c"));
        assert_ne!(identity_hash("", "x"), identity_hash("x", ""));
    }
}
