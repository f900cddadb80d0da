//! The audit log: its rows, and adding many of them at once.

mod batch;
mod log;

pub use batch::MOST_ROWS;
pub use log::AuditLog;
pub(super) use log::record;
