//! One sign-in under way: what a browser carries of it, and what follows from that.
//!
//! The browser carries where it began and until when it may end; the state, the nonce and the PKCE verifier follow from
//! that, from the browser's own secret and from a key of the house. So no replica keeps anything, another browser's state
//! does not fit, and what the cookie says cannot be changed: the state that comes back is over all of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::domain::clock::Timestamp;
use crate::domain::random::{NoRandomness, Random};
use crate::vault::keyed_hash;

/// How long a person may take at the provider.
const OPEN_SECONDS: i64 = 10 * 60;

/// A sign-in under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    id: String,
    began: Timestamp,
    /// The path of the page where it began.
    base: String,
}

/// What a state, a nonce and a verifier follow from.
#[derive(Clone, Copy)]
pub(super) struct Bound<'a> {
    pub(super) key: &'a [u8; 32],
    pub(super) browser: &'a str,
    pub(super) issuer: &'a str,
}

impl Attempt {
    pub(super) fn begin(base: &str, now: Timestamp, random: &Random) -> Result<Self, NoRandomness> {
        Ok(Self { id: random.base62::<32>()?, began: Timestamp::from_seconds(now.seconds()), base: base.to_owned() })
    }

    /// What the browser carries.
    pub(super) fn carried(&self) -> String {
        format!("{}.{}.{}", self.id, self.began.seconds(), self.base)
    }

    /// What a browser brings back, if it is no older than it may be and this is its state.
    pub(super) fn recognize(carried: &str, state: &str, bound: Bound<'_>, now: Timestamp) -> Option<Self> {
        let mut parts = carried.splitn(3, '.');
        let (id, began, base) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        let began = Timestamp::from_seconds(began);
        let found = Self { id: id.to_owned(), began, base: base.to_owned() };
        // Not before it began, one might say: but the replica where it began may be ahead of this one, and nobody else
        // sets that time, which the state is over.
        let is_open = now < began.plus_seconds(OPEN_SECONDS);
        let fits = found.state(bound).as_bytes().ct_eq(state.as_bytes());
        (bool::from(fits) && is_open).then_some(found)
    }

    /// Where it began.
    pub fn base(&self) -> &str {
        &self.base
    }

    pub(super) fn began(&self) -> Timestamp {
        self.began
    }

    pub(super) fn state(&self, bound: Bound<'_>) -> String {
        self.follow("state", bound)
    }

    pub(super) fn nonce(&self, bound: Bound<'_>) -> String {
        self.follow("nonce", bound)
    }

    /// 43 characters, as RFC 7636 wants at least.
    pub(super) fn verifier(&self, bound: Bound<'_>) -> Zeroizing<String> {
        Zeroizing::new(self.follow("verifier", bound))
    }

    pub(super) fn challenge(&self, bound: Bound<'_>) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier(bound).as_bytes()))
    }

    fn follow(&self, what: &str, Bound { key, browser, issuer }: Bound<'_>) -> String {
        let carried = self.carried();
        let parts = [what, &carried, browser, issuer].map(str::as_bytes);
        URL_SAFE_NO_PAD.encode(keyed_hash(key, &parts))
    }
}

/// How long the browser carries it.
pub(super) fn seconds() -> u64 {
    OPEN_SECONDS.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_123);

    fn bound<'a>(browser: &'a str, issuer: &'a str) -> Bound<'a> {
        Bound { key: &[7; 32], browser, issuer }
    }

    #[test]
    fn it_is_recognized_in_its_browser_for_its_page_and_in_time() {
        let own = bound("browser", "https://id.example");
        let attempt = Attempt::begin("/connect/abc", NOW, &Random::seeded(1)).unwrap();
        let (carried, state) = (attempt.carried(), attempt.state(own));
        assert_eq!(Attempt::recognize(&carried, &state, own, NOW).as_ref(), Some(&attempt));
        assert_eq!(attempt.base(), "/connect/abc");
        // The replica where it began may be ahead of the one that takes the answer.
        for skewed in [NOW.plus_seconds(-5), NOW.plus_seconds(OPEN_SECONDS - 1)] {
            assert_eq!(Attempt::recognize(&carried, &state, own, skewed).as_ref(), Some(&attempt));
        }
        let later = NOW.plus_seconds(OPEN_SECONDS);
        for (what, carried, state, bound, now) in [
            ("another browser", carried.clone(), state.clone(), bound("other", "https://id.example"), NOW),
            ("another issuer", carried.clone(), state.clone(), bound("browser", "https://two.example"), NOW),
            ("another house", carried.clone(), state.clone(), Bound { key: &[8; 32], ..own }, NOW),
            ("another page", carried.replace("abc", "abd"), state.clone(), own, NOW),
            ("made young again", carried.replace("1800000000", "1800000300"), state.clone(), own, later),
            ("too late", carried.clone(), state.clone(), own, later),
            ("the nonce", carried.clone(), attempt.nonce(own), own, NOW),
            ("no state", carried.clone(), String::new(), own, NOW),
            ("nothing carried", String::new(), state.clone(), own, NOW),
        ] {
            assert_eq!(Attempt::recognize(&carried, &state, bound, now), None, "{what}");
        }
    }

    #[test]
    fn nothing_that_is_sent_tells_the_verifier() {
        let own = bound("browser", "https://id.example");
        let attempt = Attempt::begin("/connect", NOW, &Random::seeded(1)).unwrap();
        let verifier = attempt.verifier(own);
        assert_eq!(verifier.len(), 43);
        for sent in [attempt.carried(), attempt.state(own), attempt.nonce(own), attempt.challenge(own)] {
            assert_ne!(sent, *verifier);
        }
        let again = Attempt::begin("/connect", NOW, &Random::seeded(2)).unwrap();
        assert_ne!(again.verifier(own), verifier);
    }
}
