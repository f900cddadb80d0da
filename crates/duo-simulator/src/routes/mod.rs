//! Duo's endpoints: which there are, what each needs, and what each does.

#![expect(clippy::unnecessary_wraps, reason = "every handler has the shape that the table asks for")]

mod accounts;
mod admins;
mod applications;
mod auth;
mod billing;
mod bypass_codes;
mod call;
mod groups;
mod login;
mod logs;
mod older_logs;
mod overview;
mod page;
mod params;
mod phones;
mod policies;
mod table;
mod tokens;
mod user_bulk;
mod user_enroll;
mod user_links;
mod users;

pub(crate) use call::Call;
pub(crate) use login::{auth_status, start_auth, wait_for_end};
pub(crate) use params::Params;
pub(crate) use table::{Class, Handler, Match, Need, Route, find, patterns};
