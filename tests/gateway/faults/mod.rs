//! What is left of a gateway that dies: nothing undone, nothing done twice.

mod at_once;
mod bench;
mod chance;
mod decided;
mod http;
mod killed;
mod pushes;
mod rejected;
mod replica;
mod restarts;
mod script;
