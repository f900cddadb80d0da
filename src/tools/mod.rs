//! The Duo tools: what they are called, what they take, what they do.
//!
//! A tool knows nothing of HTTP, of tenants or of storage. It has typed arguments and one Duo account.

pub mod arguments;
pub mod catalog;
#[cfg(test)]
mod catalog_tests;
pub mod change;
#[cfg(feature = "conformance")]
mod conformance;
pub mod content;
pub mod declare;
pub mod duo;
mod edition;
pub mod endpoint;
pub mod entry;
pub mod error;
mod find;
pub mod house;
mod planning;
pub mod prompts;
pub mod read;
pub mod read_back;
pub mod records;
pub mod reference;
pub mod resources;
pub mod shape;
#[cfg(feature = "conformance")]
pub mod talk;
