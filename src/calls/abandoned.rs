//! A read whose client hung up: stopped, and written down all the same.

use tokio::runtime::Handle;

use super::corridor::CallRequest;
use super::parts::Calls;
use crate::domain::audit::AuditOutcome;
use crate::domain::clock::Timestamp;
use crate::tools::entry::{Entry, Kind};

/// What the audit log says of a call that nobody waited for.
const CODE: &str = "client_gone";

/// A call under way. Dropped before its end, its client has hung up.
pub(super) struct CallUnderWay<'a> {
    calls: &'a Calls,
    call: &'a CallRequest,
    entry: &'static Entry,
    started: Timestamp,
    is_over: bool,
}

impl<'a> CallUnderWay<'a> {
    pub(super) fn new(calls: &'a Calls, call: &'a CallRequest, entry: &'static Entry, started: Timestamp) -> Self {
        Self { calls, call, entry, started, is_over: false }
    }

    /// It came to its end, which is written down by others.
    pub(super) fn over(mut self) {
        self.is_over = true;
    }
}

impl Drop for CallUnderWay<'_> {
    fn drop(&mut self) {
        // A change writes its own rows: before it is sent, and when it is over, which it is without its client too.
        if self.is_over || matches!(self.entry.kind, Kind::Change(_)) {
            return;
        }
        let Ok(mut event) = self.calls.event(self.call, AuditOutcome::Failed) else { return };
        event.level = Some(self.entry.card.level);
        event.code = Some(CODE.to_owned());
        event.duration_ms = Some(self.calls.now().0 - self.started.0);
        let recorder = self.calls.parts().recorder.clone();
        // Nobody is left who could be told that it was not written; the recorder counts what it loses.
        let note = async move {
            if let Err(error) = recorder.record(event).await {
                tracing::error!(%error, "the row of a call whose client hung up was not written");
            }
        };
        if Handle::try_current().is_ok() {
            self.calls.0.underway.spawn(note);
        }
    }
}
