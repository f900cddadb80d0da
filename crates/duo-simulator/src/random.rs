//! Repeatable random choices: one seed gives one world, and a saved world goes on.

use serde::{Deserialize, Serialize};

const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const MIXED: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &[u8] = b"0123456789abcdef";
const DIGITS: &[u8] = b"0123456789";

/// `SplitMix64`: small, and its state is one number that can be written into the state file.
///
/// Nothing here needs to be unguessable: the keys of a simulated Duo protect nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; zero if the bound is zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let wide = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % wide).unwrap_or(0)
    }

    /// A number from `low` up to but not including `high`.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = usize::try_from(high - low).unwrap_or(1);
        low + i64::try_from(self.below(span)).unwrap_or(0)
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// One of the given, or the default of its type if there are none.
    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let index = self.below(from.len());
        from.get(index).copied().unwrap_or_default()
    }

    fn letters(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    /// An id as Duo makes them: two letters and eighteen capitals or digits.
    pub(crate) fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.letters(ALPHANUMERIC, 18))
    }

    pub(crate) fn secret_key(&mut self) -> String {
        self.letters(MIXED, 40)
    }

    pub(crate) fn hex(&mut self, length: usize) -> String {
        self.letters(HEX, length)
    }

    pub(crate) fn digits(&mut self, length: usize) -> String {
        self.letters(DIGITS, length)
    }

    pub(crate) fn word(&mut self, length: usize) -> String {
        self.letters(MIXED, length)
    }

    /// A version 4 UUID in text, the shape of Duo's transaction ids.
    pub(crate) fn uuid(&mut self) -> String {
        let hex = self.hex(32);
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }
}
