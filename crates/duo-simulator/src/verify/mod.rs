//! Deciding whether a request was signed by the key that it names, as Duo does.
//!
//! Written from the description of the algorithm and proven against vectors of
//! Duo's own client; nothing here comes from the crate that signs.

mod canonical;
mod date;
mod encoding;
mod signature;
#[cfg(test)]
mod vectors;

pub(crate) use date::check_date;
pub(crate) use encoding::{decode_component, decode_pairs, encode_component, hex};
pub(crate) use signature::{SignedRequest, Version, content_type, credentials, is_form, verify};
