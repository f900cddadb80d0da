//! The record of every call that reached this Duo.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

use crate::verify::Version;

/// How many calls are remembered.
const KEPT: usize = 200_000;

/// One call. Parameters stand as given, secrets too: this is a measuring instrument.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Entry {
    pub(crate) seq: u64,
    pub(crate) at_ms: i64,
    /// `http` or `https`.
    pub(crate) listener: &'static str,
    pub(crate) host: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) params: Value,
    /// Absent until the signature was found right.
    pub(crate) signature: Option<Version>,
    pub(crate) ikey: Option<String>,
    pub(crate) account_id: Option<String>,
    /// Duo's code of the work that was done, also when the caller did not hear of it; absent when nothing was done.
    pub(crate) worked: Option<u32>,
    /// Duo's code as it was answered, 200 for success; absent while the call is under way, or if no answer was given.
    pub(crate) outcome: Option<u32>,
    /// The fault that struck, if one did.
    pub(crate) fault: Option<Value>,
    pub(crate) duration_ms: Option<i64>,
    /// When the caller hung up, counted from the call's beginning; absent if it stayed for the answer.
    pub(crate) left_ms: Option<i64>,
}

/// Oldest first.
#[derive(Debug, Default)]
pub(crate) struct Record {
    entries: VecDeque<Entry>,
    last: u64,
}

impl Record {
    /// Takes a call in and gives its number.
    pub(crate) fn begin(&mut self, mut entry: Entry) -> u64 {
        self.last += 1;
        entry.seq = self.last;
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.last
    }

    /// Adds what became known of a call later.
    pub(crate) fn update(&mut self, seq: u64, change: impl FnOnce(&mut Entry)) {
        let first = self.entries.front().map_or(0, |entry| entry.seq);
        let index = seq.checked_sub(first).and_then(|index| usize::try_from(index).ok());
        if let Some(entry) = index.and_then(|index| self.entries.get_mut(index)) {
            change(entry);
        }
    }

    /// The calls after this number.
    pub(crate) fn since(&self, seq: u64) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.seq > seq)
    }

    /// Forgets all calls; the numbers go on.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}
