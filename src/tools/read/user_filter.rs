//! Which users a list shows: the filters that Duo has not.

use duo_api::model::User;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::clock::Timestamp;
use crate::tools::records::{aliases, effective_status, has_factor};

/// A status to filter by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum StatusFilter {
    /// Asked for a second factor.
    #[serde(rename = "active")]
    Active,
    /// Not asked for a second factor.
    #[serde(rename = "bypass")]
    Bypass,
    /// Not let in.
    #[serde(rename = "disabled")]
    Disabled,
    /// Too many failures.
    #[serde(rename = "locked out")]
    LockedOut,
    /// In the trash.
    #[serde(rename = "pending deletion")]
    PendingDeletion,
}

impl StatusFilter {
    /// The status as Duo writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Bypass => "bypass",
            Self::Disabled => "disabled",
            Self::LockedOut => "locked out",
            Self::PendingDeletion => "pending deletion",
        }
    }
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Sort {
    /// By username.
    Username,
    /// Longest away first.
    LastLogin,
    /// Newest first.
    Created,
}

/// The filters that are applied here, because Duo has none for them.
#[derive(Debug, Default)]
pub struct UserFilter {
    /// The status; a group's status counts.
    pub status: Option<StatusFilter>,
    /// A group, by name or id, lower-cased.
    pub group: Option<String>,
    /// An alias, lower-cased.
    pub alias: Option<String>,
    /// Whether the user has any phone, token or security key.
    pub has_mfa: Option<bool>,
    /// Whether the user has enrolled.
    pub enrolled: Option<bool>,
    /// Users who have not logged in since; those who never did count as inactive since they were made.
    pub inactive_since: Option<Timestamp>,
}

impl UserFilter {
    /// Whether every user passes.
    pub fn is_open(&self) -> bool {
        self.status.is_none()
            && self.group.is_none()
            && self.alias.is_none()
            && self.has_mfa.is_none()
            && self.enrolled.is_none()
            && self.inactive_since.is_none()
    }

    /// Whether this user passes.
    pub fn passes(&self, user: &User) -> bool {
        self.status.is_none_or(|status| self.has_status(user, status))
            && self.group.as_ref().is_none_or(|group| in_group(user, group))
            && self.alias.as_ref().is_none_or(|alias| aliases(user).iter().any(|known| known.to_lowercase() == *alias))
            && self.has_mfa.is_none_or(|wanted| has_factor(user) == wanted)
            && self.enrolled.is_none_or(|wanted| user.is_enrolled == wanted)
            && self.inactive_since.is_none_or(|since| last_seen(user) < since.seconds())
    }

    #[expect(clippy::unused_self, reason = "reads as a part of `passes`")]
    fn has_status(&self, user: &User, status: StatusFilter) -> bool {
        user.status.as_str() == status.as_str() || effective_status(user).0 == status.as_str()
    }
}

fn in_group(user: &User, group: &str) -> bool {
    user.groups.iter().any(|one| one.name.to_lowercase() == group || one.group_id.to_lowercase() == group)
}

/// When the user last logged in, in seconds; for those who never did, when they were made.
fn last_seen(user: &User) -> i64 {
    user.last_login.or(user.created).unwrap_or(0)
}

/// Puts users into the order asked for.
pub fn sort(users: &mut [User], by: Sort) {
    match by {
        Sort::Username => users.sort_by_cached_key(|user| user.username.to_lowercase()),
        Sort::LastLogin => users.sort_by_key(|user| user.last_login.unwrap_or(0)),
        Sort::Created => users.sort_by_key(|user| std::cmp::Reverse(user.created.unwrap_or(0))),
    }
}
