//! What tests of several rooms lean on.

pub(crate) mod databases;
