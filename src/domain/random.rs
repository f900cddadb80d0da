//! Where random bytes come from: the operating system, or a seed in a test.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

enum Source {
    System,
    Seeded { seed: u64, drawn: AtomicU64 },
}

/// A source of random bytes; cheap to clone. It is passed in, so that a test can repeat what it saw.
#[derive(Clone)]
pub struct Random(Arc<Source>);

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}

/// The operating system gives no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct NoRandomness;

impl Random {
    /// The operating system's source.
    pub fn system() -> Self {
        Self(Arc::new(Source::System))
    }

    /// A source that repeats itself; for tests and never for keys that matter.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Source::Seeded { seed, drawn: AtomicU64::new(0) }))
    }

    /// `N` fresh bytes.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], NoRandomness> {
        let mut out = [0; N];
        match &*self.0 {
            #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the operating system")]
            Source::System => getrandom::fill(&mut out).map_err(|_| NoRandomness)?,
            Source::Seeded { seed, drawn } => {
                for chunk in out.chunks_mut(32) {
                    let draw = drawn.fetch_add(1, Ordering::Relaxed);
                    let block = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(draw.to_be_bytes());
                    chunk.copy_from_slice(&block.finalize()[..chunk.len()]);
                }
            }
        }
        Ok(out)
    }

    /// `LEN` letters and digits, each equally likely.
    pub fn base62<const LEN: usize>(&self) -> Result<String, NoRandomness> {
        // It may become a secret, of which no copy should stay.
        let letters = Zeroizing::new(self.letters::<LEN>()?);
        Ok(letters.iter().copied().map(char::from).collect())
    }

    /// The same, in ASCII.
    pub fn letters<const LEN: usize>(&self) -> Result<[u8; LEN], NoRandomness> {
        const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let (mut out, mut filled) = ([0; LEN], 0);
        while filled < LEN {
            for byte in self.bytes::<64>()? {
                // 248 is the largest multiple of 62 that fits: what lies above would favour the first letters.
                if byte < 248 && filled < LEN {
                    out[filled] = ALPHABET[usize::from(byte % 62)];
                    filled += 1;
                }
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_two_draws_differ() {
        let (one, two) = (Random::seeded(1), Random::seeded(1));
        let first = one.bytes::<40>().unwrap();
        assert_eq!(first, two.bytes::<40>().unwrap());
        assert_ne!(first, one.bytes::<40>().unwrap());
    }

    #[test]
    fn base62_has_the_length_asked_for() {
        let text = Random::system().base62::<30>().unwrap();
        assert_eq!(text.len(), 30);
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric()));
    }
}
