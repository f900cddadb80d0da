//! The command line: one file for each command.

mod admin;
mod args;
mod audit;
mod clients;
mod connections;
mod credentials;
mod desk;
mod error;
mod export;
mod global;
mod grants;
mod invites;
mod keys;
mod members;
mod migrate;
mod operations;
mod passkeys;
mod report;
mod run;
mod serve;
mod table;
mod tenants;

#[cfg(feature = "demo")]
mod demo;

pub use run::run;
