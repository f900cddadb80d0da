//! Fixtures of the MCP conformance suite: rows in the tables, in no product.
//!
//! Built with the feature `conformance` only. What a scenario asks for is printed by the suite where it fails.

mod asking;
mod contents;
mod live;
mod reading;
mod rows;
mod shelf;

pub use rows::FIXTURES;
pub use shelf::{PROMPTS, RESOURCES, TEMPLATES};
