//! The words of the house: what every other room speaks of.

pub mod actor;
pub mod audit;
pub mod card;
pub mod clock;
pub mod connection;
pub mod grant;
pub mod ids;
pub mod invite;
pub mod member;
pub mod operation;
pub mod plan;
pub mod policy;
pub mod preview;
pub mod push;
pub mod random;
pub mod scope;
pub mod standing;
pub mod tenant;
pub mod text;
pub mod username;
