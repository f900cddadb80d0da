//! Request signatures: what is signed, how, and how it looks on the wire.

mod canonical;
mod date;
mod encode;
mod json;
mod signature;

pub use canonical::{SignedParts, canonical_text};
pub use date::{http_date, read_http_date};
pub use encode::{form_text, percent_encode};
pub use json::json_body;
pub use signature::{SignatureVersion, authorization, signature_hex};
