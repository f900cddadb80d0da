//! People let clients in: the whole way, the clients' quirks, the threats.

mod consents;
mod documents;
mod expelled;
mod flow;
mod guesses;
mod handles;
mod oidc;
mod pages;
pub(crate) mod person;
mod providers;
mod pushes;
mod quirks;
mod refusals;
mod server;
mod taken_back;
mod threats;
