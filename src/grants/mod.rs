//! OAuth without the HTTP: clients, requests, codes, grants and their tokens.
//!
//! `clients` knows who asks (`document` and `fetch` for those with a document, `registration` for the others),
//! `requests` what a person is asked and answers, `exchange` gives the tokens.

mod clients;
mod document;
mod error;
mod exchange;
mod fetch;
mod registration;
mod requests;

pub use clients::{ClientParts, Clients};
pub use document::is_known;
pub use error::{ClientError, GrantError};
pub use exchange::{CodeShown, Exchange, RefreshShown, Tokens};
pub use fetch::{Override, overridden};
pub use requests::{Requests, Ticket, Yes};
