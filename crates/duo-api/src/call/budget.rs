//! How long a call may take.

use std::time::Duration;

/// How long a call may take, retries and waits included.
///
/// It bounds waiting and starting. A read that has started ends with it; a change that has started keeps its own full
/// time, because giving up on it would leave its outcome unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The whole of it.
    pub total: Duration,
    /// How long one attempt waits for Duo.
    pub patience: Patience,
}

/// How long one attempt waits for Duo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// As long as an ordinary answer takes.
    Ordinary,
    /// As long as a person takes to answer a push: Duo holds the request until something changes.
    LongPoll,
}

impl Budget {
    /// One ordinary attempt and short waits.
    pub const ORDINARY: Self = Self { total: Duration::from_secs(20), patience: Patience::Ordinary };

    /// One long poll.
    pub const LONG_POLL: Self = Self { total: Duration::from_secs(70), patience: Patience::LongPoll };

    /// Ordinary attempts with this much time for all of them; about 66 s lets the whole schedule for 429 pass.
    pub const fn within(total: Duration) -> Self {
        Self { total, patience: Patience::Ordinary }
    }

    /// A long poll with this much time, for a caller that ends earlier than Duo would.
    pub const fn long_poll_within(total: Duration) -> Self {
        Self { total, patience: Patience::LongPoll }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::ORDINARY
    }
}
