//! AI clients: what a person does in each of them to reach this gateway.
//!
//! - `endpoint.rs`: where the gateway is, and with what one comes in
//! - `piece.rs`: what an instruction is made of
//! - `table.rs`: the one table of clients
//! - `links.rs`: links that set a client up with one click
//! - `loopback.rs`: a bridge and a tunnel, for a gateway that only this machine reaches
//! - `reference.rs`: the page `docs/clients.md`

mod endpoint;
mod links;
mod loopback;
mod piece;
mod table;

pub mod reference;

pub use endpoint::Endpoint;
pub use loopback::{Recipe, recipes};
pub use piece::{Piece, Way};
pub use table::{CLIENTS, Client};
