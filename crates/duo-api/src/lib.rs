//! Duo's own world: hosts, keys, signing, sending, paging and the endpoints.
//!
//! This is the bottom floor. It knows what Duo has and how Duo is spoken to, and nothing of tenants, storage or MCP.

pub mod catalog;
mod clock;
pub mod host;
pub mod key;
pub mod sign;

pub use catalog::{Api, EndpointId};
pub use clock::Clock;
pub use host::ApiHost;
pub use key::{AccountId, IntegrationKey, SecretKey};
pub use sign::SignatureVersion;
