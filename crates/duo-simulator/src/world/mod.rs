//! What this Duo holds: accounts, people, devices, logins, money and logs.

#![expect(clippy::struct_field_names, reason = "ids are called what Duo calls them")]

mod account;
mod application;
mod begin;
mod bypass;
mod device;
mod group;
mod history;
mod logbook;
mod login;
mod names;
mod policy;
mod script;
mod seed;
mod show;
mod state_file;
mod trash;
mod user;

pub use application::{Application, ApplicationKind};

pub(crate) use account::{Account, OBJECT_LIMIT, World};
pub(crate) use application::Grant;
pub(crate) use begin::Begin;
pub(crate) use bypass::{BypassCode, digest};
pub(crate) use device::{Phone, Token};
pub(crate) use group::Group;
pub(crate) use logbook::{Change, Dialled, LogRow, Logbook};
pub(crate) use login::{Factor, Login, LoginRequest, Press};
pub(crate) use policy::Policy;
pub(crate) use script::Script;
pub(crate) use seed::{load_users, new_account, new_world};
pub(crate) use state_file::{read_world, write_world};
pub(crate) use trash::TrashRefusal;
pub(crate) use user::{ALIASES, Activation, Status, User};
