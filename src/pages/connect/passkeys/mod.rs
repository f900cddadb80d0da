//! Passkeys at the pages: signing in by one, adding one.
//!
//! - `question.rs`: what a form puts to the browser, and the script that it takes
//! - `sign_in.rs`: a signature, wherever somebody signs in
//! - `add.rs`: the page that makes one

mod add;
mod question;
mod router;
mod sign_in;

pub(super) use question::{QuestionView, ask, scripted};
pub(super) use router::{NEW, at_home, on_the_way};
