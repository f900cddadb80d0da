//! How many calls of a kind Duo takes in a minute.

use std::collections::{BTreeMap, VecDeque};

use crate::routes::Class;
use crate::rule::{Rule, broken};

const MINUTE_MS: i64 = 60_000;

/// Remembers the calls of the last minute, by key and class.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    seen: BTreeMap<(String, Class), VecDeque<i64>>,
}

/// Calls in a minute, as far as people at Duo and integrators have said.
fn most(class: Class) -> Option<usize> {
    match class {
        Class::Free => None,
        Class::Get | Class::Modify => Some(300),
        Class::List => Some(200),
        Class::Bulk | Class::Log => Some(50),
    }
}

impl Limiter {
    /// Counts a call; false if it is one too many.
    pub(crate) fn admit(&mut self, ikey: &str, class: Class, now_ms: i64) -> bool {
        let Some(most) = most(class) else { return true };
        let times = self.seen.entry((ikey.to_owned(), class)).or_default();
        while times.front().is_some_and(|at| at + MINUTE_MS <= now_ms) {
            times.pop_front();
        }
        let free = times.len() < most || broken(Rule::RateLimited);
        if free {
            times.push_back(now_ms);
        }
        free
    }
}
