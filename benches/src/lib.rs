//! Measures the gateway against a bare MCP server that makes the same call.
//!
//! The floor, the upstream that both call, the load generator, and a measurement for each goal of docs/performance.md.

pub mod database;
pub mod floor;
pub mod gateway;
pub mod load;
pub mod machine;
pub mod measure;
pub mod process;
pub mod report;
pub mod rounds;
pub mod sign;
pub mod upstream;
