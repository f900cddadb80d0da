//! Hands the arguments to the command line and turns its result into an exit code.

use std::process::ExitCode;

/// Answers are made of many small pieces, which it serves faster; docs/adr/0007-allocator.md weighs it.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    duo_mcp_gateway::cli::run(std::env::args_os().collect())
}
