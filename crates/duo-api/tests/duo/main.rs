//! Duo's API from the outside: signatures, sending, retrying and paging.

mod canonical;
mod models;
mod vectors;
