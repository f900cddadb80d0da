//! Users as answers show them: the usual columns, and the ones asked for.

use duo_api::model::{Group, Phone, User, UserStatus};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shape::mask_number;
use crate::domain::clock::Timestamp;

/// A user, in a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct UserRow {
    /// Duo's id.
    pub user_id: String,
    /// The username.
    pub username: String,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// The full name; with `fields: ["realname"]`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub realname: String,
    /// Duo's status of the user: active, bypass, disabled, locked out, pending deletion.
    pub status: String,
    /// How many phones.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub phones: usize,
    /// How many hardware tokens.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tokens: usize,
    /// When the user last logged in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_login: String,
    /// Whether the user has enrolled; with `fields: ["enrolled"]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub enrolled: Option<bool>,
    /// The names of the groups; with `fields: ["groups"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The aliases; with `fields: ["aliases"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The notes; with `fields: ["notes"]`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// When the user was made; with `fields: ["created"]`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub created: String,
    /// Whether a directory manages the user; with `fields: ["directory_synced"]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub directory_synced: Option<bool>,
    /// How many security keys; with `fields: ["security_keys"]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "usize")]
    pub security_keys: Option<usize>,
}

/// A column that is shown when asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum UserField {
    /// The full name.
    Realname,
    /// Whether the user has enrolled.
    Enrolled,
    /// The names of the groups.
    Groups,
    /// The aliases.
    Aliases,
    /// The notes.
    Notes,
    /// When the user was made.
    Created,
    /// Whether a directory manages the user.
    DirectorySynced,
    /// How many security keys.
    SecurityKeys,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl UserRow {
    /// The usual columns and those asked for.
    pub fn of(user: &User, fields: &[UserField]) -> Self {
        let mut row = Self {
            user_id: user.user_id.clone(),
            username: user.username.clone(),
            email: user.email.clone().unwrap_or_default(),
            status: status_text(&user.status).to_owned(),
            phones: user.phones.len(),
            tokens: user.tokens.len(),
            last_login: moment(user.last_login),
            ..Self::default()
        };
        for field in fields {
            match field {
                UserField::Realname => row.realname = user.realname.clone().unwrap_or_default(),
                UserField::Enrolled => row.enrolled = Some(user.is_enrolled),
                UserField::Groups => row.groups = user.groups.iter().map(|group| group.name.clone()).collect(),
                UserField::Aliases => row.aliases = aliases(user),
                UserField::Notes => row.notes = user.notes.clone().unwrap_or_default(),
                UserField::Created => row.created = moment(user.created),
                UserField::DirectorySynced => row.directory_synced = Some(is_synced(user)),
                UserField::SecurityKeys => {
                    row.security_keys = Some(user.webauthncredentials.len() + user.u2ftokens.len());
                }
            }
        }
        row
    }
}

/// Duo's word for a status.
pub fn status_text(status: &UserStatus) -> &str {
    status.as_str()
}

/// A moment that Duo gives in seconds, as people read it; empty when there is none.
pub fn moment(seconds: Option<i64>) -> String {
    seconds.filter(|s| *s > 0).map(|s| Timestamp::from_seconds(s).to_string()).unwrap_or_default()
}

/// Whether a directory manages the user.
pub fn is_synced(user: &User) -> bool {
    user.directory_key.as_deref().is_some_and(|key| !key.is_empty())
}

/// Whether the user has any phone, token or security key.
pub fn has_factor(user: &User) -> bool {
    !(user.phones.is_empty()
        && user.tokens.is_empty()
        && user.webauthncredentials.is_empty()
        && user.u2ftokens.is_empty()
        && user.desktop_authenticators.is_empty())
}

/// The aliases, in their order.
pub fn aliases(user: &User) -> Vec<String> {
    [&user.alias1, &user.alias2, &user.alias3, &user.alias4]
        .into_iter()
        .filter_map(|alias| alias.clone().filter(|text| !text.is_empty()))
        .collect()
}

/// The status that counts, and the group that sets it when one does: a group's status overrides the user's.
pub fn effective_status(user: &User) -> (String, Option<String>) {
    let overriding = |group: &&Group| matches!(group_status(group), "bypass" | "disabled");
    // Duo's manual says that a group may decide and does not say which of two wins; the stricter is shown.
    let strictest = user.groups.iter().filter(overriding).max_by_key(|group| group_status(group) == "disabled");
    match strictest {
        Some(group) if !matches!(user.status, UserStatus::LockedOut | UserStatus::PendingDeletion) => {
            (group_status(group).to_owned(), Some(group.name.clone()))
        }
        _ => (status_text(&user.status).to_owned(), None),
    }
}

fn group_status(group: &Group) -> &'static str {
    match group.status.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some("bypass") => "bypass",
        Some("disabled") => "disabled",
        _ => "active",
    }
}

/// A phone in a line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct PhoneRow {
    /// Duo's id.
    pub phone_id: String,
    /// The name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The number, all but its end hidden.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub number: String,
    /// Mobile, landline, …
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The platform.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub platform: String,
    /// Whether Duo Mobile is activated on it.
    pub activated: bool,
    /// What it can be used for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// When it was last seen.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_seen: String,
}

impl PhoneRow {
    /// The phone as an answer shows it.
    pub fn of(phone: &Phone) -> Self {
        Self {
            phone_id: phone.phone_id.clone(),
            name: phone.name.clone().unwrap_or_default(),
            number: mask_number(phone.number.as_deref().unwrap_or_default()),
            kind: phone.kind.clone().unwrap_or_default(),
            platform: phone.platform.clone().unwrap_or_default(),
            activated: phone.activated,
            capabilities: phone.capabilities.clone(),
            last_seen: phone.last_seen.clone().unwrap_or_default(),
        }
    }
}
