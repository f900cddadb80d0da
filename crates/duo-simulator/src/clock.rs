//! The simulator's clock: the machine's time plus an offset that tests may move.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds in a day, for the many ages that a world is told in.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// The one place that reads the machine's time.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset_ms: AtomicI64,
}

impl Clock {
    /// Now in this world, in Unix milliseconds.
    #[expect(clippy::disallowed_methods, reason = "this is the simulator's one clock")]
    pub(crate) fn now_ms(&self) -> i64 {
        let machine = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        i64::try_from(machine).unwrap_or(i64::MAX).saturating_add(self.offset_ms())
    }

    /// How far this world's time is ahead of the machine's.
    pub(crate) fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::Relaxed)
    }

    /// Puts this world's time so far ahead of (or behind) the machine's.
    pub(crate) fn set_offset_ms(&self, offset: i64) {
        self.offset_ms.store(offset, Ordering::Relaxed);
    }

    /// Moves this world's time on by so much.
    pub(crate) fn advance_ms(&self, by: i64) {
        self.offset_ms.fetch_add(by, Ordering::Relaxed);
    }
}

/// A moment as Duo's v2 logs write it.
pub(crate) fn iso(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|at| format!("{at:.6}").replace('Z', "+00:00")).unwrap_or_default()
}

/// Unix milliseconds to Unix seconds, which Duo's older answers use.
pub(crate) fn secs(ms: i64) -> i64 {
    ms.div_euclid(1000)
}
