//! Tenants against a real store and the Duo simulator.

mod accounts;
mod credentials;
mod house;
mod keyring;
mod members;
mod passkeys;
mod recorder;
mod registry;
