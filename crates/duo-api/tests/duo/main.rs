//! Duo's API from the outside: signatures, sending, retrying and paging.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod canonical;
mod listener;
mod models;
mod paging;
mod retrying;
mod sending;
mod support;
mod vectors;
