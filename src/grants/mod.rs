//! OAuth without the HTTP: clients, requests, codes, grants and their tokens.
//!
//! `clients` knows who asks (`document` and `fetch` for those with a document, `registration` for the others),
//! `requests` what a person is asked and answers, `exchange` gives the tokens.
//! `providers` reads the tokens of identity providers, `oidc/` signs members in by one; both read tokens by `jwt`, whose
//! keys `key_set` keeps and `signatures` uses.

mod clients;
mod document;
mod error;
mod exchange;
mod fetch;
mod jwt;
mod key_set;
mod providers;
mod registration;
mod requests;
mod signatures;

pub mod oidc;

pub use clients::{ClientParts, Clients};
pub use document::is_known;
pub use error::{ClientError, GrantError};
pub use exchange::{CodeShown, Exchange, RefreshShown, Tokens};
pub use fetch::{Override, overridden};
pub use providers::{Identity, NotIdentified, Providers};
pub use requests::{Requests, Ticket, Yes};
