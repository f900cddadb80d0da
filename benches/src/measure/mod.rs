//! A measurement for each goal.

mod bench;
mod counts;
mod idle;
mod plan;
mod refused;
mod speed;
mod tenants;

pub use bench::{Bench, Length};
pub use plan::{GOALS, Goal, measure};
