//! The gateway with mimalloc, else as the product is.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    duo_mcp_gateway::cli::run(std::env::args_os().collect())
}
