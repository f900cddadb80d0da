//! A rate limit per key in bounded memory (GCRA, the virtual scheduling form).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use crate::domain::clock::Timestamp;

/// How often something may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Times per minute in the long run; at least one.
    pub per_minute: u32,
    /// Times at once after a pause; at least one.
    pub burst: u32,
}

/// Too often; how long to wait, in seconds, rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooOften {
    /// What to put into `Retry-After`; at least one.
    pub retry_after_seconds: u64,
}

/// The furthest that the next one may be away where more have happened than may, in microseconds.
const MOST_OWED: i64 = 300_000_000;

/// Counts per key. When more keys are busy than there is room for, those nearest to being idle are forgotten first.
#[derive(Debug)]
pub struct RateLimiter<K> {
    /// Microseconds between two in the long run.
    interval: i64,
    /// How far a key may run ahead of that, in microseconds.
    tolerance: i64,
    capacity: usize,
    /// Per key, when the next one is due in theory, in microseconds since the epoch.
    due: Mutex<HashMap<K, i64>>,
}

impl<K: Hash + Eq> RateLimiter<K> {
    /// A limiter that remembers at most `capacity` keys.
    pub fn new(rate: Rate, capacity: usize) -> Self {
        let interval = 60_000_000 / i64::from(rate.per_minute.max(1));
        let tolerance = interval.saturating_mul(i64::from(rate.burst.max(1)) - 1);
        Self { interval, tolerance, capacity: capacity.max(2), due: Mutex::new(HashMap::new()) }
    }

    /// Counts one for the key, or says that it is too often; a refused one is not counted.
    pub fn check(&self, key: K, now: Timestamp) -> Result<(), TooOften> {
        let now = now.0.saturating_mul(1_000);
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        if due.len() >= self.capacity && !due.contains_key(&key) {
            self.make_room(&mut due, now);
        }
        let slot = due.entry(key).or_insert(now);
        // A clock that was set back must not lock anybody out for longer than the tolerance.
        let theoretical = (*slot).clamp(now, now.saturating_add(self.most_ahead()));
        self.too_early(theoretical, now)?;
        *slot = theoretical + self.interval;
        Ok(())
    }

    /// Counts one that has happened, allowed or not: of several that were all let through before the first was counted, each
    /// has to be waited for.
    pub fn count(&self, key: K, now: Timestamp) {
        let now = now.0.saturating_mul(1_000);
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        if due.len() >= self.capacity && !due.contains_key(&key) {
            self.make_room(&mut due, now);
        }
        let slot = due.entry(key).or_insert(now);
        *slot = (*slot).clamp(now, now.saturating_add(self.most_owed())) + self.interval;
    }

    /// Whether the next one for the key would be too often; nothing is counted.
    pub fn spent(&self, key: &K, now: Timestamp) -> Result<(), TooOften> {
        let now = now.0.saturating_mul(1_000);
        let due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let most = now.saturating_add(self.most_owed() + self.interval);
        let theoretical = due.get(key).map_or(now, |slot| (*slot).clamp(now, most));
        self.too_early(theoretical, now)
    }

    /// How far ahead of the present the next one may be due.
    fn most_ahead(&self) -> i64 {
        self.tolerance + self.interval
    }

    /// The same where what happened is counted though it was too often.
    fn most_owed(&self) -> i64 {
        self.most_ahead().max(MOST_OWED)
    }

    fn too_early(&self, theoretical: i64, now: i64) -> Result<(), TooOften> {
        let early = theoretical - now - self.tolerance;
        if early <= 0 {
            return Ok(());
        }
        let seconds = u64::try_from(early).unwrap_or(0).div_ceil(1_000_000);
        Err(TooOften { retry_after_seconds: seconds.max(1) })
    }

    /// Forgets idle keys; if that is not enough, the half that is nearest to being idle. Half at once, so that a flood of
    /// new keys does not sort the table at every request.
    fn make_room(&self, due: &mut HashMap<K, i64>, now: i64) {
        due.retain(|_, at| *at > now);
        if due.len() < self.capacity {
            return;
        }
        let mut times: Vec<i64> = due.values().copied().collect();
        let half = times.len() / 2;
        let (_, median, _) = times.select_nth_unstable(half);
        let median = *median;
        due.retain(|_, at| *at > median);
    }

    #[cfg(test)]
    fn remembered(&self) -> usize {
        self.due.lock().unwrap().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(per_minute: u32, burst: u32) -> RateLimiter<u32> {
        RateLimiter::new(Rate { per_minute, burst }, 100)
    }

    #[test]
    fn a_burst_passes_then_the_long_run_rate() {
        let limiter = limiter(60, 3);
        for _ in 0..3 {
            assert!(limiter.check(1, Timestamp(0)).is_ok());
        }
        assert_eq!(limiter.check(1, Timestamp(0)), Err(TooOften { retry_after_seconds: 1 }));
        assert!(limiter.check(1, Timestamp(999)).is_err());
        assert!(limiter.check(1, Timestamp(1_000)).is_ok());
        assert!(limiter.check(1, Timestamp(1_000)).is_err());
        assert!(limiter.check(2, Timestamp(1_000)).is_ok(), "another key has its own count");
    }

    #[test]
    fn to_look_counts_nothing() {
        let limiter = limiter(60, 2);
        assert_eq!(limiter.spent(&1, Timestamp(0)), Ok(()));
        assert!(limiter.check(1, Timestamp(0)).is_ok());
        for _ in 0..5 {
            assert_eq!(limiter.spent(&1, Timestamp(0)), Ok(()));
        }
        assert!(limiter.check(1, Timestamp(0)).is_ok());
        assert_eq!(limiter.spent(&1, Timestamp(0)), limiter.check(1, Timestamp(0)));
        assert_eq!((limiter.spent(&1, Timestamp(1_000)), limiter.spent(&2, Timestamp(0))), (Ok(()), Ok(())));
    }

    #[test]
    fn what_slipped_through_together_is_waited_for() {
        let limiter = limiter(60, 2);
        let mut passed = 0;
        for second in 0..600 {
            let now = Timestamp(second * 1_000);
            // Twenty look at once, and are counted when it is too late for all of them.
            let through = (0..20).filter(|_| limiter.spent(&1, now).is_ok()).count();
            (0..through).for_each(|_| limiter.count(1, now));
            passed += through;
        }
        assert!((582..=622).contains(&passed), "{passed}");
        // Whatever happened, five minutes are the longest.
        (0..10_000).for_each(|_| limiter.count(2, Timestamp(0)));
        assert!(limiter.spent(&2, Timestamp(0)).unwrap_err().retry_after_seconds <= 301);
        assert!(limiter.spent(&2, Timestamp(302_000)).is_ok());
    }

    #[test]
    fn over_a_minute_no_more_than_the_rate_and_the_burst_pass() {
        let limiter = limiter(600, 20);
        let passed = (0..60_000).filter(|ms| limiter.check(1, Timestamp(*ms)).is_ok()).count();
        assert!((618..=620).contains(&passed), "{passed}");
    }

    #[test]
    fn the_wait_that_is_told_is_long_enough() {
        let limiter = limiter(6, 1);
        assert!(limiter.check(1, Timestamp(0)).is_ok());
        let TooOften { retry_after_seconds } = limiter.check(1, Timestamp(2_500)).unwrap_err();
        assert_eq!(retry_after_seconds, 8);
        assert!(limiter.check(1, Timestamp(2_500 + 8_000)).is_ok());
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let limiter = limiter(60, 1);
        assert!(limiter.check(1, Timestamp(3_600_000)).is_ok());
        let wait = limiter.check(1, Timestamp(0)).unwrap_err();
        assert_eq!(wait.retry_after_seconds, 1);
    }

    #[test]
    fn memory_is_bounded_and_the_busiest_are_remembered() {
        let limiter = limiter(1, 5);
        for _ in 0..5 {
            assert!(limiter.check(0, Timestamp(0)).is_ok());
        }
        for key in 1..10_000 {
            assert!(limiter.check(key, Timestamp(1)).is_ok());
        }
        assert!(limiter.remembered() <= 100);
        assert!(limiter.check(0, Timestamp(2)).is_err(), "a flood of keys does not wash out a busy one");
        assert!(limiter.check(20_000, Timestamp(10_000_000)).is_ok());
        assert!(limiter.remembered() <= 100);
    }
}
