//! Operations: changes with one life, moved on by conditional statements.

mod begin;
mod lease;
mod life;
mod lookup;
mod steps;

pub use begin::{Begun, NewOperation, StandingUse};
pub use lease::Lease;
pub use life::Decided;
pub use lookup::{ListOperations, Operations};
pub use steps::Steps;
