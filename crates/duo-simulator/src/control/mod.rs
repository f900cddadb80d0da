//! Control endpoints, outside of Duo's paths and on plain HTTP only.

mod requests;
mod serve;
mod state;

pub(crate) use serve::serve;
pub(crate) use state::waiting;
