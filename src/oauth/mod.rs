//! The authorization server: metadata, registration, tokens, revocation.

mod authorize;
mod error;
mod metadata;
mod register;
mod router;
mod state;
mod token;

pub use router::{entrance, open};
pub use state::{OauthParts, OauthState};
