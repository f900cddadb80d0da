//! Manners that the transports share: problems, credentials, checks and limits.

pub mod bearer;
pub mod cookie;
pub mod csrf;
pub mod entrance;
pub mod form;
pub mod headers;
pub mod hosts;
pub mod limits;
pub mod problem;
pub mod proxy;
pub mod rate;
pub mod request_id;

#[cfg(test)]
mod hosts_tests;
