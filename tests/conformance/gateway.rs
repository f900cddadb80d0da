//! The gateway as it is, built with the fixtures of the conformance suite.

use std::process::ExitCode;

fn main() -> ExitCode {
    duo_mcp_gateway::cli::run(std::env::args_os().collect())
}
