//! Duo's own world: hosts, keys, signing, sending, paging and the endpoints.
//!
//! This is the bottom floor. It knows what Duo has and how Duo is spoken to, and nothing of tenants, storage or MCP.

pub mod catalog;
pub mod host;
pub mod key;
