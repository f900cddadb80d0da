//! Time and chance, passed in by whoever makes a client.

use std::sync::Arc;
use std::time::Duration;

/// The wall clock.
pub trait Clock: Send + Sync {
    /// Unix milliseconds.
    fn now_ms(&self) -> i64;
}

/// A random duration below the one given, so that many callers do not come back at the same moment.
pub type Jitter = Arc<dyn Fn(Duration) -> Duration + Send + Sync>;
