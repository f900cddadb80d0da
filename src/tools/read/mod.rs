//! Tools that only look, one file each.

mod get_billing;
mod get_user;
mod list_users;
mod ping_auth;
mod preauth;
mod user_filter;

pub use get_billing::{GetBillingEdition, GetTelephonyCredits};
pub use get_user::{GetUser, TRASH_DAYS};
pub use list_users::ListUsers;
pub use ping_auth::PingAuth;
pub use preauth::{PASSCODE_REMINDER, Preauth, ask as ask_preauth};
