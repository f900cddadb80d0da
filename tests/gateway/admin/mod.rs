//! The admin listener: REST, pages, readiness; real ports, nothing mocked.

mod credentials;
mod house;
mod keys;
mod members;
mod openapi;
mod operations;
mod pages;
mod readiness;
mod tenants;
pub(crate) mod wire;
