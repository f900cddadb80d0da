//! Hands the arguments to the command line and turns its result into an exit code.

use std::process::ExitCode;

/// Answers are made of many small pieces; docs/adr/0005 has the figures.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    duo_mcp_gateway::cli::run(std::env::args_os().collect())
}
