//! The words of the house: what every other room speaks of.

pub mod actor;
pub mod audit;
pub mod authorization;
pub mod card;
pub mod client;
pub mod clock;
pub mod connection;
pub mod grant;
pub mod ids;
pub mod invite;
pub mod member;
pub mod operation;
pub mod plan;
pub mod policy;
pub mod preset;
pub mod preview;
pub mod push;
pub mod random;
pub mod redirect;
pub mod refresh;
pub mod resource;
pub mod scope;
pub mod standing;
pub mod tenant;
pub mod text;
pub mod username;
