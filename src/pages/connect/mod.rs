//! The pages for people: what this is, sign-in, new here, consent, set-up.
//!
//! - `landing.rs`: `/`, for a person who pasted the address into a browser
//! - `door.rs`, `visitor.rs`: signing in without a client's request; the browser that does
//! - `step.rs`, `sign_in.rs`, `consent.rs`: the way of a client's request
//! - `provider.rs`: signing in by the operator's identity provider
//! - `typed.rs`, `mistakes.rs`: a form that comes back: what was typed, what is wrong where
//! - `newcomer.rs`: somebody new with the keys of a Duo account
//! - `arrive.rs`, `once.rs`: coming in; a secret that is shown once
//! - `done.rs`: what to do in each client
//! - `manage/`: what a subscriber has here
//! - `passkeys/`: signing in by one, adding one

mod arrive;
mod clients;
mod consent;
mod done;
mod door;
mod error;
mod landing;
mod manage;
mod mistakes;
mod newcomer;
mod once;
mod page;
mod passkeys;
mod provider;
mod push;
mod router;
mod sign_in;
mod state;
mod step;
mod typed;
mod view;
mod visitor;

pub use landing::{Landing, browsers_go_home, landing};
pub use router::router;
pub use state::{ConnectParts, ConnectState, House};
