//! Signing members in by the operator's OpenID provider, without the HTTP.
//!
//! - `door.rs`: the way there and back
//! - `attempt.rs`: what one browser's sign-in is known by
//! - `discovery.rs`: what the provider says of itself
//! - `id_token.rs`: what it says of a person
//! - `error.rs`: why it proves nobody

mod attempt;
mod discovery;
mod door;
mod error;
mod id_token;

pub use attempt::Attempt;
pub use door::{Answer, Begun, Door, DoorParts};
pub use error::NotProved;
pub use id_token::Proved;
