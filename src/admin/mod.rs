//! The REST API for operators, on the admin listener under `/admin/v1`.

mod audit;
mod body;
mod connections;
mod credentials;
mod error;
mod grants;
mod identities;
mod invites;
mod keys;
mod members;
mod operations;
mod operator;
mod paging;
mod params;
mod passkeys;
mod router;
mod state;
mod tenants;

pub mod openapi;
pub mod view;

pub use keys::check_tools;
pub use router::router;
pub use state::AdminState;
