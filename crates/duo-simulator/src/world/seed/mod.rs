//! The world that a seed gives: accounts, people, devices and a month of history.

mod account;
mod load;
mod lore;
mod named;
mod people;
mod words;

pub(crate) use account::{new_account, new_world};
pub(crate) use load::load_users;
