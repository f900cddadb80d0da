//! Duo's endpoints as the tools call them: parameters as fields, typed answers.

pub mod accounts;
pub mod auth;
pub mod info;
pub mod logs;
pub mod users;
