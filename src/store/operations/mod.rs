//! Operations: changes with one life each; every move from one state to the next is one conditional statement.

mod begin;
mod lease;
mod life;
mod lookup;

pub use begin::{Begun, NewOperation, StandingUse};
pub use lease::Lease;
pub use life::Decided;
pub use lookup::{ListOperations, Operations};

pub(super) use lease::hold;
