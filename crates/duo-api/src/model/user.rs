//! Users and groups.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::device::{DesktopAuthenticator, Phone, Token, WebAuthn};
use super::lenient::{number, or_default};
use super::word::open_words;

open_words! {
    /// The status of a user.
    UserStatus {
        /// Must authenticate.
        Active = "active",
        /// Gets in without a second factor.
        Bypass = "bypass",
        /// Does not get in.
        Disabled = "disabled",
        /// Locked out after too many failures.
        LockedOut = "locked out",
        /// In the trash.
        PendingDeletion = "pending deletion",
    }
}

/// A user.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    /// Twenty characters, `DU` first.
    pub user_id: String,
    /// The name, unique together with all aliases.
    pub username: String,
    /// A further name.
    pub alias1: Option<String>,
    /// A further name.
    pub alias2: Option<String>,
    /// A further name.
    pub alias3: Option<String>,
    /// A further name.
    pub alias4: Option<String>,
    /// All further names, `alias1` to `alias8`.
    #[serde(default, deserialize_with = "or_default")]
    pub aliases: BTreeMap<String, Option<String>>,
    /// The full name.
    pub realname: Option<String>,
    /// The first name.
    pub firstname: Option<String>,
    /// The last name.
    pub lastname: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// The status. A list of a group's users leaves it out: then it is an `Other` without a word.
    #[serde(default)]
    pub status: UserStatus,
    /// Free text.
    pub notes: Option<String>,
    /// When made, Unix seconds.
    #[serde(default, deserialize_with = "number")]
    pub created: Option<i64>,
    /// Last login, Unix seconds.
    #[serde(default, deserialize_with = "number")]
    pub last_login: Option<i64>,
    /// Last synchronisation, Unix seconds.
    #[serde(default, deserialize_with = "number")]
    pub last_directory_sync: Option<i64>,
    /// The directory that manages this user, if one does.
    pub directory_key: Option<String>,
    /// The directory's name for this user.
    pub external_id: Option<String>,
    /// Whether a device is enrolled.
    #[serde(default, deserialize_with = "or_default")]
    pub is_enrolled: bool,
    /// Why locked out.
    pub lockout_reason: Option<String>,
    /// Groups.
    #[serde(default, deserialize_with = "or_default")]
    pub groups: Vec<Group>,
    /// Phones.
    #[serde(default, deserialize_with = "or_default")]
    pub phones: Vec<Phone>,
    /// Hardware tokens.
    #[serde(default, deserialize_with = "or_default")]
    pub tokens: Vec<Token>,
    /// Old security keys: only their number matters.
    #[serde(default, deserialize_with = "or_default")]
    pub u2ftokens: Vec<serde_json::Value>,
    /// Security keys and passkeys.
    #[serde(default, deserialize_with = "or_default")]
    pub webauthncredentials: Vec<WebAuthn>,
    /// Duo Desktop.
    #[serde(default, deserialize_with = "or_default")]
    pub desktop_authenticators: Vec<DesktopAuthenticator>,
}

/// A group.
#[derive(Clone, Debug, Deserialize)]
pub struct Group {
    /// Twenty characters, `DG` first.
    pub group_id: String,
    /// The name.
    #[serde(default)]
    pub name: String,
    /// What it is for.
    pub desc: Option<String>,
    /// The status that it gives its members, in either case: `Active`, `bypass`, `disabled`.
    pub status: Option<String>,
}
