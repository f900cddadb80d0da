//! Tokens that prove that a form came from our page in the same session.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Makes and checks form tokens: an HMAC-SHA-256 of the session's id, so nothing has to be stored.
pub struct Csrf {
    key: Zeroizing<[u8; 32]>,
}

impl Csrf {
    /// With a key that serves nothing else and is the same on every replica.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key: Zeroizing::new(key) }
    }

    /// The token for the forms of a session.
    pub fn token(&self, session: &str) -> String {
        self.mac(session).map(|mac| URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())).unwrap_or_default()
    }

    /// Whether the token is the session's. Takes the same time wherever the two differ.
    pub fn is_valid(&self, session: &str, token: &str) -> bool {
        let Ok(token) = URL_SAFE_NO_PAD.decode(token) else { return false };
        self.mac(session).is_some_and(|mac| mac.verify_slice(&token).is_ok())
    }

    fn mac(&self, session: &str) -> Option<Hmac<Sha256>> {
        // An HMAC takes keys of any length; the type does not say so.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_slice()).ok()?;
        mac.update(b"form token\0");
        mac.update(session.as_bytes());
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_for_its_session_and_key_only() {
        let csrf = Csrf::new([7; 32]);
        let token = csrf.token("session-1");
        assert_eq!(token.len(), 43);
        assert!(csrf.is_valid("session-1", &token));
        assert!(!csrf.is_valid("session-2", &token));
        assert!(!Csrf::new([8; 32]).is_valid("session-1", &token));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let csrf = Csrf::new([7; 32]);
        let token = csrf.token("s");
        for wrong in ["", "====", &token[..42], &format!("{token}A"), &token.to_lowercase()] {
            assert!(!csrf.is_valid("s", wrong), "{wrong}");
        }
    }
}
