//! Pages: on the admin listener to decide what waits, on the public one to connect.

mod approvals;
mod decision;
mod error;
mod page;
mod router;
mod session;
mod sign_in;
mod state;
mod view;

pub mod connect;

pub use router::router;
pub use state::PagesState;
