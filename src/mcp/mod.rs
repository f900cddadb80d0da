//! The MCP transport: who calls, what is listed, how a call is answered.
//!
//! One endpoint serves both protocol eras, without sessions: 2026-07-28, and the clients that begin with `initialize`.

mod authenticate;
mod body;
mod challenge;
mod error;
mod handler;
mod listing;
mod render;
mod router;
mod shelf;
mod state;
mod step_up;
#[cfg(feature = "conformance")]
mod talk;
mod turn;

pub use error::advice;
pub use router::router;
pub use state::{Door, McpLimits, McpState};
