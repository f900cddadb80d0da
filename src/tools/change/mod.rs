//! Tools that change something: they say what will be sent, others send it.

mod accounts;
mod auth;
mod billing;
mod bulk_create_users;
mod create_user;
mod modify_user;
mod restore_users;
mod trash_users;

pub use accounts::{CreateAccount, DeleteAccount};
pub use auth::push_info;
pub use auth::{Auth, PUSHINFO};
pub use billing::{SetBillingEdition, SetTelephonyCredits};
pub use bulk_create_users::BulkCreateUsers;
pub use create_user::CreateUser;
pub use modify_user::{ModifyUser, same};
pub use restore_users::RestoreUsers;
pub use trash_users::TrashUsers;
