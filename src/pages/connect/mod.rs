//! The pages that a client's request leads to: sign in, consent, the end.

mod consent;
mod error;
mod page;
mod push;
mod router;
mod sign_in;
mod state;
mod step;
mod view;

pub use router::router;
pub use state::{ConnectParts, ConnectState};
