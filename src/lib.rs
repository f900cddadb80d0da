//! The rooms of the gateway, bottom floor first.

// An optimising build computes the layout of whole chains of futures; some are deeper than 128.
#![recursion_limit = "256"]

pub mod domain;

pub mod clients;
pub mod config;
pub mod tools;

pub mod store;
pub mod telemetry;
pub mod vault;

pub mod audit;
pub mod tokens;

pub mod grants;
pub mod tenants;
pub mod web;

pub mod operations;

pub mod calls;

pub mod admin;
pub mod mcp;
pub mod oauth;
pub mod pages;

pub mod server;

pub mod cli;
