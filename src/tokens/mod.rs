//! Opaque tokens and API keys: made, recognised and hashed.

mod checksum;
mod derive;
mod identity;
mod kind;
mod token;

pub use derive::derive;
pub use identity::identity_hash;
pub use kind::Kind;
pub use token::{Token, TokenError, TokenHash, make, parse};
