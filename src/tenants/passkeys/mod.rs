//! Passkeys: registered by who is signed in, signed in by, removed.
//!
//! - `party.rs`: who this gateway is to an authenticator, and what it asks
//! - `ceremony.rs`: a question on its way through a browser
//! - `registration.rs`: acts of a member who is signed in, and of operators
//! - `authentication.rs`: signing in

mod authentication;
mod ceremony;
mod party;
mod registration;

pub use ceremony::Ceremony;
pub use party::RelyingParty;
