//! A user, with every field that Duo shows of one.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What an administrator, or Duo itself, made of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    #[serde(rename = "active")]
    Active,
    #[serde(rename = "bypass")]
    Bypass,
    #[serde(rename = "disabled")]
    Disabled,
    #[serde(rename = "locked out")]
    LockedOut,
    #[serde(rename = "pending deletion")]
    PendingDeletion,
}

impl Status {
    /// The word in answers.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Bypass => "bypass",
            Self::Disabled => "disabled",
            Self::LockedOut => "locked out",
            Self::PendingDeletion => "pending deletion",
        }
    }

    /// One of the three that a caller may ask for.
    pub(crate) fn settable(word: &str) -> Option<Self> {
        match word {
            "active" => Some(Self::Active),
            "bypass" => Some(Self::Bypass),
            "disabled" => Some(Self::Disabled),
            _ => None,
        }
    }
}

/// A user of one account. Devices and groups are named by id and kept in the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) user_id: String,
    pub(crate) username: String,
    /// Up to eight, each with its place; an empty place is free.
    pub(crate) aliases: Vec<String>,
    pub(crate) realname: String,
    pub(crate) firstname: String,
    pub(crate) lastname: String,
    pub(crate) email: String,
    pub(crate) status: Status,
    pub(crate) notes: String,
    pub(crate) created_ms: i64,
    pub(crate) last_login_ms: Option<i64>,
    pub(crate) last_directory_sync_ms: Option<i64>,
    pub(crate) directory_key: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) is_enrolled: bool,
    pub(crate) lockout_reason: Option<String>,
    pub(crate) enable_auto_prompt: bool,
    pub(crate) custom_attributes: Map<String, Value>,
    pub(crate) groups: Vec<String>,
    pub(crate) phones: Vec<String>,
    pub(crate) tokens: Vec<String>,
    pub(crate) webauthn: Vec<String>,
    pub(crate) desktop: Vec<String>,
    /// When the user was put in the trash.
    pub(crate) trashed_ms: Option<i64>,
    /// Failed logins in a row.
    pub(crate) failures: u32,
    /// Passcodes of the last SMS batch that were not used yet.
    pub(crate) sms_passcodes: Vec<String>,
    /// The code of an enrolment that was begun and not finished.
    pub(crate) activation: Option<Activation>,
}

/// An enrolment link as `enroll` hands it out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Activation {
    pub(crate) code: String,
    pub(crate) expires_ms: i64,
    pub(crate) used: bool,
}

/// How many aliases a user can have.
pub(crate) const ALIASES: usize = 8;

impl User {
    /// A new user of this name, active and without devices.
    pub(crate) fn new(user_id: String, username: &str, created_ms: i64) -> Self {
        Self {
            user_id,
            username: username.to_owned(),
            aliases: vec![String::new(); ALIASES],
            realname: String::new(),
            firstname: String::new(),
            lastname: String::new(),
            email: String::new(),
            status: Status::Active,
            notes: String::new(),
            created_ms,
            last_login_ms: None,
            last_directory_sync_ms: None,
            directory_key: None,
            external_id: None,
            is_enrolled: false,
            lockout_reason: None,
            enable_auto_prompt: true,
            custom_attributes: Map::new(),
            groups: Vec::new(),
            phones: Vec::new(),
            tokens: Vec::new(),
            webauthn: Vec::new(),
            desktop: Vec::new(),
            trashed_ms: None,
            failures: 0,
            sms_passcodes: Vec::new(),
            activation: None,
        }
    }

    /// Every name under which this user is found.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.username.as_str()).chain(self.aliases.iter().map(String::as_str).filter(|a| !a.is_empty()))
    }

    pub(crate) fn has_device(&self) -> bool {
        !(self.phones.is_empty() && self.tokens.is_empty() && self.webauthn.is_empty() && self.desktop.is_empty())
    }
}
