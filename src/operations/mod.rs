//! Changes that wait for a person: shown exactly, approved or denied, once.

mod approvals;
mod error;
mod payload;

pub use approvals::{Approvals, Shown, Verdict};
pub use error::ApprovalError;
pub use payload::{open_plan, seal_plan};
