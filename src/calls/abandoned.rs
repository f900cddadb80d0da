//! A call whose client hung up: stopped, and written down all the same.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle;

use super::corridor::CallRequest;
use super::error::CallError;
use super::parts::Calls;
use crate::domain::audit::AuditOutcome;
use crate::domain::clock::Timestamp;
use crate::tools::entry::Entry;

/// What the audit log says of a call that nobody waited for.
const CLIENT_GONE: &str = "client_gone";
/// What it says of a call that the gateway's own end cut off.
const STOPPING: &str = "stopping";

/// A call under way. Dropped before its end, its client has hung up, the gateway stops, or the tool has a bug.
pub(super) struct CallUnderWay<'a> {
    calls: &'a Calls,
    call: &'a CallRequest,
    entry: &'static Entry,
    started: Timestamp,
    /// Others write its row from now on: it is over, or it is a change that was begun.
    is_told: AtomicBool,
}

impl<'a> CallUnderWay<'a> {
    pub(super) fn new(calls: &'a Calls, call: &'a CallRequest, entry: &'static Entry, started: Timestamp) -> Self {
        Self { calls, call, entry, started, is_told: AtomicBool::new(false) }
    }

    /// Why nobody gets an answer.
    fn code(&self) -> &'static str {
        if std::thread::panicking() {
            CallError::Broken.code()
        } else if self.calls.parts().cut.is_cancelled() {
            STOPPING
        } else {
            CLIENT_GONE
        }
    }

    /// It came to its end, which is written down by others.
    pub(super) fn over(self) {
        self.told();
    }

    /// The row of its change is committed. What follows is written with that, also without its client.
    pub(super) fn told(&self) {
        self.is_told.store(true, Ordering::Relaxed);
    }
}

impl Drop for CallUnderWay<'_> {
    fn drop(&mut self) {
        // A client that leaves in the very moment of a commit may leave a row too many, never one too few.
        if self.is_told.load(Ordering::Relaxed) {
            return;
        }
        let Ok(mut event) = self.calls.event(self.call, AuditOutcome::Failed) else { return };
        event.level = Some(self.entry.card.level);
        event.code = Some(self.code().to_owned());
        event.duration_ms = Some(self.calls.now().0 - self.started.0);
        let recorder = self.calls.parts().recorder.clone();
        // Nobody is left who could be told that it was not written; the recorder counts what it loses.
        let note = async move {
            if let Err(error) = recorder.record(event).await {
                tracing::error!(%error, "the row of a call without an answer was not written");
            }
        };
        if Handle::try_current().is_ok() {
            self.calls.0.underway.spawn(note);
        }
    }
}
