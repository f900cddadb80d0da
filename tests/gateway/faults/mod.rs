//! What is left of a gateway that dies: nothing undone, nothing done twice.

mod at_once;
pub(crate) mod bench;
mod chance;
mod decided;
pub(crate) mod http;
pub(crate) mod killed;
mod pushes;
mod rejected;
pub(crate) mod replica;
mod restarts;
mod script;
