//! The corridor that every tool call walks, and the worker behind it.

mod abandoned;
mod account;
mod answer;
mod before_trash;
mod change;
mod corridor;
mod cursor;
mod doubt;
mod error;
mod events;
mod execute;
mod follow;
mod form;
mod house;
mod outcome;
mod parts;
mod prove;
mod reach;
mod shelf;
#[cfg(feature = "conformance")]
mod talk;
mod worker;

pub use answer::Reply;
pub use corridor::{CallRequest, FormAnswer};
pub use error::CallError;
pub use parts::{ApprovalPages, CallSettings, Calls, Parts};
pub use prove::{Asked, Proof};
pub use worker::Worker;
