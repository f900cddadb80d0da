//! What opens something, by the hash of a token: keys, invites, sessions.

mod api_keys;
mod invites;
mod operators;
mod sign_in;

pub use api_keys::ApiKeys;
pub use invites::{Invites, NewTenant};
pub use operators::Operators;
pub use sign_in::{OwnerKeyRow, SignIn};

pub(super) use invites::revoke_of as revoke_invites_of;
