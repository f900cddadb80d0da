//! The phone page: where a person answers what Duo sends to their phone.

mod page;
mod serve;

pub(crate) use serve::serve;
