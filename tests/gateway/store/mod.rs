//! The store, each test on both databases.

mod bounds;
mod busy;
mod credentials;
pub(crate) mod grants;
mod house;
mod isolation;
mod leases;
mod members;
mod migrations;
mod operations;
mod pushes;
mod rights;
pub(crate) mod samples;
mod tenants;
