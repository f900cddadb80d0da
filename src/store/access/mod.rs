//! What opens something: keys, invites, sessions, passkeys; and who may act.

mod api_keys;
mod invites;
mod operators;
pub mod passkeys;
pub(super) mod rights;
mod sign_in;

pub use api_keys::ApiKeys;
pub use invites::{Invites, NewTenant};
pub use operators::Operators;
pub use passkeys::Passkeys;
pub use sign_in::{NewSession, OwnerKeyRow, ShownBy, SignIn};

pub(super) use invites::revoke_of as revoke_invites_of;
