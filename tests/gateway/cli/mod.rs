//! The built program: what it prints, and its exit codes.

mod clients;
mod commands;
#[cfg(feature = "demo")]
mod demo;
mod hosted;
mod program;
