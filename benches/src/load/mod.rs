//! The load generator: connections, questions, loops.

mod answer;
mod connection;
mod question;
mod run;

pub use answer::Wanted;
pub use connection::Connection;
pub use question::{Era, Question, Target};
pub use run::{Load, Pace, Ran, run};
