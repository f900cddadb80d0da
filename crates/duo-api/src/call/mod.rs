//! One call of an endpoint, checked against its record before anything is sent.

mod budget;
mod error;
mod params;
mod request;
mod value;

pub use budget::{Budget, Patience};
pub use error::CallError;
pub use params::Params;
pub use request::{Call, Child};
pub(crate) use request::{Prepared, prepare};
