//! `/connect/manage`: what a subscriber has here, and how it is taken back.
//!
//! - `overview.rs`, `view.rs`, `page.rs`: the page
//! - `acts.rs`: one form each: check, revoke, invite, recover, delete
//! - `credentials.rs`: keys of a Duo application, added or replaced
//! - `forms.rs`: what each form shows again, and where a mistake is told
//! - `operations.rs`: what waits for an owner's yes

mod acts;
mod credentials;
mod forms;
mod operations;
mod overview;
mod page;
mod router;
mod view;

pub(super) use router::routes;
