//! SQL: the only room that knows there is a database.

mod access;
mod audit;
mod connections;
mod credentials;
mod data_keys;
mod db;
mod error;
mod house;
mod members;
mod migrations;
mod oauth;
mod open;
mod operations;
mod place;
mod pushes;
mod row;
mod tenants;
mod value;

pub use access::passkeys;
pub use access::{ApiKeys, Invites, NewSession, NewTenant, Operators, OwnerKeyRow, Passkeys, ShownBy, SignIn};
pub use audit::{AuditLog, MOST_ROWS};
pub use connections::Connections;
pub use credentials::Credentials;
pub use data_keys::{DataKeyRow, DataKeys};
pub use error::StoreError;
pub use house::{House, KekRow, Pulse, WrappedKey};
pub use members::{MemberChange, Members};
pub use migrations::Schema;
pub use oauth::{
    Authorizations, Grants, OAuthClients, Opened, Pair, Refreshed, Registered, Registration, ShownRefresh,
};
pub use open::Store;
pub use operations::{Begun, Decided, Lease, ListOperations, NewOperation, Operations, StandingUse, Steps};
pub use place::{Place, PoolSettings};
pub use pushes::Pushes;
pub use tenants::Tenants;
