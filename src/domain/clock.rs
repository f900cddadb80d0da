//! The house clock: local time, corrected by the database's.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A moment, in milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The moment this many milliseconds later (earlier when negative).
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The moment this many seconds later.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_ms(seconds.saturating_mul(1000))
    }

    /// Whole seconds since the Unix epoch.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The moment given by whole seconds since the Unix epoch, as Duo's v1 answers give it.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }
}

/// RFC 3339 in UTC with whole seconds, as people and models read it.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.seconds()) {
            Ok(moment) => write!(f, "{moment}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

#[derive(Debug)]
enum Source {
    System { correction: AtomicI64 },
    Fixed { now: AtomicI64 },
}

/// Where the time comes from; cheap to clone, and every clone tells the same time.
///
/// It is passed in everywhere, so that a test can stop it. The system clock is corrected by what the database says the
/// time is, so that replicas agree on when a lease or a key ends.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Source>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Arc::new(Source::System { correction: AtomicI64::new(0) }))
    }

    /// A clock that stands still until it is moved.
    pub fn fixed(now: Timestamp) -> Self {
        Self(Arc::new(Source::Fixed { now: AtomicI64::new(now.0) }))
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        match &*self.0 {
            Source::System { correction } => Timestamp(local_ms().saturating_add(correction.load(Ordering::Relaxed))),
            Source::Fixed { now } => Timestamp(now.load(Ordering::Relaxed)),
        }
    }

    /// Corrects the system clock so that it reads `now`; a fixed clock stays as it is.
    pub fn correct_to(&self, now: Timestamp) {
        if let Source::System { correction } = &*self.0 {
            correction.store(now.0.saturating_sub(local_ms()), Ordering::Relaxed);
        }
    }

    /// Moves a fixed clock forward; the system clock is not moved.
    pub fn advance_ms(&self, ms: i64) {
        if let Source::Fixed { now } = &*self.0 {
            now.fetch_add(ms, Ordering::Relaxed);
        }
    }
}

impl duo_api::Clock for Clock {
    fn now_ms(&self) -> i64 {
        self.now().0
    }
}

fn local_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |passed| i64::try_from(passed.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_as_rfc_3339() {
        assert_eq!(Timestamp(1_700_000_000_123).to_string(), "2023-11-14T22:13:20Z");
    }

    #[test]
    fn every_clone_tells_the_same_time() {
        let clock = Clock::fixed(Timestamp(5));
        let other = clock.clone();
        clock.advance_ms(10);
        assert_eq!(other.now(), Timestamp(15));
    }

    #[test]
    fn the_system_clock_follows_a_correction() {
        let clock = Clock::system();
        clock.correct_to(Timestamp(clock.now().0 + 3_600_000));
        assert!(clock.now().0 - local_ms() > 3_590_000);
    }
}
