//! Members coming in: by owner keys and passkeys, to sessions in a browser.
//!
//! - `owner_keys.rs`: owner keys made and shown; sessions
//! - `party.rs`: who this gateway is to an authenticator, and what it asks
//! - `ceremony.rs`: a question to an authenticator on its way through a browser
//! - `registration.rs`: passkeys made by who is signed in, listed, removed
//! - `authentication.rs`: signing in by a passkey
//! - `refused.rs`: sign-ins that let nobody in, written down

mod authentication;
mod ceremony;
mod owner_keys;
mod party;
mod refused;
mod registration;

pub use ceremony::Ceremony;
pub use owner_keys::SESSION_SECONDS;
pub use party::RelyingParty;
