//! A faithful stand-in for Duo, seen from the outside.

mod answer;
mod clock;
mod control;
mod engine;
mod error;
mod fault;
mod gate;
mod limiter;
mod phone;
mod random;
mod record;
mod reply;
mod routes;
mod rule;
mod settings;
mod simulator;
mod verify;
mod wire;
mod world;

pub use error::SimulatorError;
#[cfg(feature = "mutations")]
pub use rule::{break_rule, broken_rule, rules};
pub use settings::SimulatorSettings;
pub use simulator::{Simulator, served_endpoints};
pub use world::{Application, ApplicationKind};
