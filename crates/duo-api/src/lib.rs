//! Duo's own world: hosts, keys, signing, sending, paging and the endpoints.
//!
//! This is the bottom floor. It knows what Duo has and how Duo is spoken to, and nothing of tenants, storage or MCP.
//!
//! A [`Call`] names an endpoint of the [`catalog`] and its arguments; [`DuoClient::send`] checks it, signs it with a
//! [`Credential`] that [`Keys`] open for that moment, and gives an [`Answer`] or a [`DuoError`].

pub mod call;
pub mod catalog;
pub mod client;
mod clock;
mod credential;
mod error;
pub mod host;
pub mod key;
pub mod model;
pub mod page;
pub mod sign;

pub use call::{Budget, Call, CallError, Child, Params};
pub use catalog::{Api, Endpoint, EndpointId, Grant};
pub use client::{Answer, ClientSettings, ConnectOverride, DuoClient, Metadata};
pub use clock::{Clock, Jitter};
pub use credential::{Credential, Keys, KeysUnavailable};
pub use error::{DuoError, Forbidden, Lost, Refusal, Unauthorized, Unreached};
pub use host::ApiHost;
pub use key::{AccountId, IntegrationKey, SecretKey};
pub use page::{Cursor, Page};
pub use sign::SignatureVersion;
