//! Puts the parts together, listens, and shuts down cleanly.

mod admin;
mod boot;
mod corridor;
mod database;
mod duo;
mod error;
mod health;
mod keys;
mod listen;
mod oauth;
mod oidc;
mod operators;
mod parts;
mod public;
mod run;
mod shutdown;

pub use database::{check_keys, migrate};
pub use error::{BootError, ListenError};
pub use listen::Listener;
pub use operators::OperatorKeys;
pub use parts::Parts;
pub use run::{Listeners, Server};
pub use shutdown::{Asked, asked_to_stop};
