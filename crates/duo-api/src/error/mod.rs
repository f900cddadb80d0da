//! What can go wrong with a call, told apart as far as a caller can act on it.

mod classify;
mod duo;
mod refusal;

pub(crate) use classify::refused;
pub use duo::{DuoError, Forbidden, Lost, Unauthorized, Unreached};
pub use refusal::Refusal;
pub(crate) use refusal::clean;
