//! Somebody new: what was typed, checked with Duo, and kept as a tenant.

mod mistakes;
mod welcome;

pub use mistakes::{At, Mistake};
pub use welcome::{Newcomer, PastedKeys, Unwelcome, Welcomed};
