//! The wire: listeners, own TLS, CONNECT, requests and responses.

mod authority;
mod connect;
mod exchange;
mod listener;
mod response;
mod stream;

pub(crate) use authority::Authority;
pub(crate) use listener::{bind, listen};
pub(crate) use response::{Body, html, json, text};
