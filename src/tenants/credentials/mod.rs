//! Duo credentials: how often they are tried, what Duo says, how they are kept.

mod attempts;
mod keep;
mod probe;

pub(super) use attempts::{Attempts, Refusals};
pub(super) use keep::objects;
pub use keep::{NewCredential, StoredCredential, Verify};
pub(super) use probe::UNSEEN_SENTENCE;
pub use probe::{Probed, Refuted, probe};
