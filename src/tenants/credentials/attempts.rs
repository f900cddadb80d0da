//! How often wrong keys may be tried, and wrong invites are written down.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::error::TenantError;
use crate::domain::clock::Timestamp;

/// How many failures are taken, in how long.
const FAILURES: usize = 5;
const WINDOW_SECONDS: i64 = 15 * 60;
/// How many keys, addresses or invites are remembered at most.
const MOST: usize = 10_000;

/// Recent failures by integration key or by address, in this process. Several replicas take as many each.
#[derive(Debug)]
pub struct Attempts<K>(Mutex<HashMap<K, Vec<Timestamp>>>);

impl<K> Default for Attempts<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq + Clone> Attempts<K> {
    /// Refuses when this one failed too often lately. Duo is not asked then.
    pub fn admit(&self, who: &K, now: Timestamp) -> Result<(), TenantError> {
        let mut failures = self.lock();
        let Some(recent) = failures.get_mut(who) else { return Ok(()) };
        recent.retain(|at| now.0 - at.0 < WINDOW_SECONDS * 1000);
        match recent.first() {
            Some(first) if recent.len() >= FAILURES => {
                let wait = first.plus_seconds(WINDOW_SECONDS).0 - now.0;
                Err(TenantError::TooManyAttempts { retry_after_seconds: wait / 1000 + 1 })
            }
            _ => Ok(()),
        }
    }

    /// Counts a failure.
    pub fn failed(&self, who: &K, now: Timestamp) {
        let mut failures = self.lock();
        if failures.len() >= MOST {
            failures.retain(|_, recent| recent.last().is_some_and(|at| now.0 - at.0 < WINDOW_SECONDS * 1000));
        }
        // Still full: somebody tries many keys. The counts that there are stay; a new key is not worth losing one.
        if failures.len() < MOST || failures.contains_key(who) {
            failures.entry(who.clone()).or_default().push(now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Vec<Timestamp>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Invites, or members' ways in, that were refused lately, in this process: each is written down once a minute, however
/// often it is shown.
#[derive(Debug)]
pub struct Refusals<K>(Mutex<HashMap<K, Timestamp>>);

impl<K> Default for Refusals<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash> Refusals<K> {
    /// Whether this refusal is the first of its kind within a minute.
    pub fn is_news(&self, which: &K, now: Timestamp) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |at: &Timestamp| now.0 - at.0 < 60_000;
        if noted.get(which).is_some_and(is_recent) {
            return false;
        }
        if noted.len() >= MOST {
            noted.retain(|_, at| is_recent(at));
        }
        // Still full: ten thousand rows a minute are enough.
        let has_room = noted.len() < MOST;
        if has_room {
            noted.insert(which.clone(), now);
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use duo_api::IntegrationKey;

    use super::*;

    #[test]
    fn the_sixth_attempt_waits_and_other_keys_do_not() {
        let (attempts, start) = (Attempts::default(), Timestamp(1_000_000));
        let (one, other) = (
            IntegrationKey::parse("DIFAKE0000000000TEST").unwrap(),
            IntegrationKey::parse("DIFAKE0000000000MORE").unwrap(),
        );
        for n in 0..5 {
            let now = start.plus_seconds(n * 60);
            assert!(attempts.admit(&one, now).is_ok());
            attempts.failed(&one, now);
        }
        let now = start.plus_seconds(300);
        let refused = attempts.admit(&one, now).unwrap_err();
        assert!(matches!(refused, TenantError::TooManyAttempts { retry_after_seconds: 601 }), "{refused}");
        assert!(attempts.admit(&other, now).is_ok());
        assert!(attempts.admit(&one, start.plus_seconds(15 * 60)).is_ok());
    }
}
