//! The time, as whoever uses this crate tells it.

/// Tells the time; passed in, so that a test can stop it.
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64;
}
