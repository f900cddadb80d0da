//! The gateway with the system's allocator, else as the product is.

use std::process::ExitCode;

fn main() -> ExitCode {
    duo_mcp_gateway::cli::run(std::env::args_os().collect())
}
