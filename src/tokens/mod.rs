//! Opaque tokens and API keys: made, recognised and hashed.

mod checksum;
mod kind;
mod token;

pub use kind::Kind;
pub use token::{Token, TokenError, TokenHash, make, parse};
