//! Request signatures: what is signed, how, and how it looks on the wire.

mod canonical;
mod date;
mod encode;
mod json;
mod signature;
mod version;

pub use canonical::{SignedParts, canonical_text};
pub use date::{http_date, read_http_date};
pub use encode::{form_text, percent_encode};
pub use json::json_body;
pub use signature::{authorization, signature_hex};
pub use version::SignatureVersion;
