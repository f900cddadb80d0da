//! OAuth: clients, requests under way, and what members granted, with its tokens.

mod authorizations;
mod clients;
mod grants;
mod identities;
mod tokens;

pub use authorizations::Authorizations;
pub use clients::{OAuthClients, Registered, Registration};
pub use grants::{Grants, Opened};
pub use tokens::{Pair, Refreshed, ShownRefresh};
