//! The trash: seven days, out of it disabled, and closed to users of a directory.

use super::account::Account;
use super::user::Status;
use crate::clock::DAY_MS;
use crate::rule::{Rule, broken};

/// Why a user could not be moved in or out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TrashRefusal {
    Unknown,
    /// Only the directory sync may delete or restore such a user.
    DirectoryManaged,
    /// Already in the trash, or not in it.
    NothingToDo,
}

impl TrashRefusal {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Unknown => "not_found",
            Self::DirectoryManaged => "directory_managed",
            Self::NothingToDo => "nothing_to_do",
        }
    }
}

impl Account {
    /// Puts a user in the trash.
    pub(crate) fn trash(&mut self, user_id: &str, now_ms: i64) -> Result<(), TrashRefusal> {
        let user = self.users.get_mut(user_id).ok_or(TrashRefusal::Unknown)?;
        if user.directory_key.is_some() && !broken(Rule::DirectoryKeepsUsers) {
            return Err(TrashRefusal::DirectoryManaged);
        }
        if user.trashed_ms.is_some() {
            return Err(TrashRefusal::NothingToDo);
        }
        user.status = Status::PendingDeletion;
        user.trashed_ms = Some(now_ms);
        Ok(())
    }

    /// Takes a user out of the trash; what the status was before is forgotten.
    pub(crate) fn restore(&mut self, user_id: &str) -> Result<(), TrashRefusal> {
        let user = self.users.get_mut(user_id).ok_or(TrashRefusal::Unknown)?;
        if user.directory_key.is_some() {
            return Err(TrashRefusal::DirectoryManaged);
        }
        if user.trashed_ms.take().is_none() {
            return Err(TrashRefusal::NothingToDo);
        }
        user.status = if broken(Rule::RestoredDisabled) { Status::Active } else { Status::Disabled };
        Ok(())
    }

    /// How long the trash keeps a user.
    pub(crate) fn trash_days(&self) -> i64 {
        self.settings.get("pending_deletion_days").and_then(serde_json::Value::as_i64).unwrap_or(7)
    }

    /// Deletes for good whoever has been in the trash long enough, with the phones nobody else uses.
    pub(crate) fn purge_trash(&mut self, now_ms: i64) -> usize {
        let keep_ms = self.trash_days() * DAY_MS;
        let over = |at: i64| at + keep_ms <= now_ms && !broken(Rule::TrashEmptied);
        let due: Vec<String> =
            self.users.values().filter(|u| u.trashed_ms.is_some_and(over)).map(|u| u.user_id.clone()).collect();
        for user_id in &due {
            let Some(user) = self.remove_user(user_id) else { continue };
            for phone_id in &user.phones {
                if self.phones.get(phone_id).is_some_and(|phone| phone.users.is_empty()) {
                    self.phones.remove(phone_id);
                }
            }
        }
        due.len()
    }
}
