//! What Duo answers, as far as this house reads it.
//!
//! Every field that Duo may leave out is optional, unknown fields are ignored and words may grow: an answer that says
//! more than expected is still an answer.

mod account;
mod auth;
mod device;
mod lenient;
mod log;
mod sensitive;
mod user;
mod word;

pub use account::{ChildAccount, Edition, InfoSummary, TelephonyCredits};
pub use auth::{AuthAnswer, AuthResult, AuthStatus, CheckAnswer, PreauthAnswer, PreauthDevice};
pub use device::{BypassCode, DesktopAuthenticator, Phone, Token, WebAuthn};
pub use log::{AccessDevice, AuthDevice, AuthLog, AuthLogs, Location, LogApplication, LogUser};
pub use sensitive::Sensitive;
pub use user::{Group, User, UserStatus};
