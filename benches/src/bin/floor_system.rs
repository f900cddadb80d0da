//! The floor with the system's allocator.

use std::process::ExitCode;

fn main() -> ExitCode {
    gateway_bench::floor::main()
}
