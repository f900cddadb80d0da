//! The answers of the Auth API.

use serde::Deserialize;

use super::lenient::{number, or_default, text};
use super::sensitive::Sensitive;
use super::word::open_words;

open_words! {
    /// How an authentication stands. Decide on this alone; the status beside it is for people.
    AuthResult {
        /// Not over yet.
        Waiting = "waiting",
        /// Granted.
        Allow = "allow",
        /// Refused.
        Deny = "deny",
    }
}

/// Of `ping` and `check`.
#[derive(Clone, Debug, Deserialize)]
pub struct CheckAnswer {
    /// Duo's time, Unix seconds.
    pub time: i64,
}

/// Of `preauth`.
#[derive(Clone, Debug, Deserialize)]
pub struct PreauthAnswer {
    /// What the user has to do: `auth` with a device, nothing (`allow`), `enroll` first; or nothing helps (`deny`).
    pub result: String,
    /// The same for people.
    pub status_msg: Option<String>,
    /// With which devices.
    #[serde(default, deserialize_with = "or_default")]
    pub devices: Vec<PreauthDevice>,
    /// Whoever opens it enrols a device as this user.
    pub enroll_portal_url: Option<Sensitive>,
    /// The transaction of a verified push.
    pub txid: Option<String>,
    /// The code that a verified push asks for.
    #[serde(default, deserialize_with = "text")]
    pub verification_code: Option<String>,
    /// When that code ends, Unix seconds.
    #[serde(default, deserialize_with = "number")]
    pub expiration: Option<i64>,
}

/// A device as `preauth` shows it.
#[derive(Clone, Debug, Deserialize)]
pub struct PreauthDevice {
    /// Its id.
    pub device: String,
    /// `phone` or `token`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// What to show: `iOS (XXX-XXX-4788)`.
    pub display_name: Option<String>,
    /// The name that its owner gave it.
    pub name: Option<String>,
    /// The masked number.
    pub number: Option<String>,
    /// Of `auto`, `push`, `sms`, `phone`, `mobile_otp`. A token has none.
    #[serde(default, deserialize_with = "or_default")]
    pub capabilities: Vec<String>,
    /// The first digit of the next SMS passcode.
    #[serde(default, deserialize_with = "text")]
    pub sms_nextcode: Option<String>,
}

/// Of `auth`: a transaction if it was asynchronous, else a result.
#[derive(Clone, Debug, Deserialize)]
pub struct AuthAnswer {
    /// The transaction to ask after.
    pub txid: Option<String>,
    /// The result.
    pub result: Option<AuthResult>,
    /// Duo's word for what happened.
    pub status: Option<String>,
    /// The same for people.
    pub status_msg: Option<String>,
    /// Lets this user in without a second factor where policy allows.
    pub trusted_device_token: Option<Sensitive>,
}

/// Of `auth_status`.
#[derive(Clone, Debug, Deserialize)]
pub struct AuthStatus {
    /// The result.
    pub result: AuthResult,
    /// Duo's word for what happened: `pushed`, `timeout`, `fraud`, ... New ones come.
    pub status: Option<String>,
    /// The same for people.
    pub status_msg: Option<String>,
    /// Whether Duo holds the user back for a while.
    pub auth_delayed: Option<bool>,
    /// Lets this user in without a second factor where policy allows.
    pub trusted_device_token: Option<Sensitive>,
}
