//! What tests of several rooms lean on.

pub(crate) mod authenticator;
pub(crate) mod client;
pub(crate) mod databases;
pub(crate) mod duo;
pub(crate) mod gateway;
pub(crate) mod markup;
pub(crate) mod schema;
pub(crate) mod tour;
