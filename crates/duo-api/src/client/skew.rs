//! How far our clock is from Duo's.

use std::sync::atomic::{AtomicI64, Ordering};

/// Below this the difference is travel time and whole seconds; Duo takes five minutes.
const NOTICED_MS: i64 = 30_000;

/// Duo's time minus ours, as last seen. It is remembered for the next signatures of the client.
#[derive(Default)]
pub(super) struct Skew(AtomicI64);

impl Skew {
    /// The correction in milliseconds; zero while the clocks agree.
    pub(super) fn offset_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Takes over Duo's date as it is, after Duo refused ours.
    pub(super) fn adopt(&self, server_ms: i64, now_ms: i64) {
        self.0.store(server_ms.saturating_sub(now_ms), Ordering::Relaxed);
    }

    /// Learns from the date of a reply.
    pub(super) fn learn(&self, server_ms: i64, now_ms: i64) {
        let offset = server_ms.saturating_sub(now_ms);
        let noticed = if offset.saturating_abs() >= NOTICED_MS { offset } else { 0 };
        self.0.store(noticed, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_real_difference_is_kept_and_it_heals() {
        let skew = Skew::default();
        skew.learn(1_000_000, 1_010_000);
        assert_eq!(skew.offset_ms(), 0);
        skew.learn(1_000_000, 2_000_000);
        assert_eq!(skew.offset_ms(), -1_000_000);
        skew.learn(2_000_000, 2_000_500);
        assert_eq!(skew.offset_ms(), 0);
    }
}
