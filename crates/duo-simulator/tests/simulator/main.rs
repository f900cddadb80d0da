//! The simulator over its own wire, with a caller that signs by itself.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod caller;
mod catalogue;
mod kept;
mod page;
mod wire;
mod world;
