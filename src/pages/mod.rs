//! The pages on the admin listener: sign in, see what waits, decide.

mod approvals;
mod decision;
mod error;
mod page;
mod router;
mod session;
mod sign_in;
mod state;
mod view;

pub use router::router;
pub use state::PagesState;
