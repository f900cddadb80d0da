//! Usernames and aliases together: unique, and found in any case.

use std::collections::HashMap;

use super::user::User;
use crate::rule::{Rule, broken};

/// From a name in lower case to the id of the user who has it.
#[derive(Debug, Default)]
pub(crate) struct Names {
    by_name: HashMap<String, String>,
}

impl Names {
    /// Makes the index of the given users.
    pub(crate) fn of<'a>(users: impl Iterator<Item = &'a User>) -> Self {
        let mut names = Self::default();
        users.for_each(|user| names.add(user));
        names
    }

    /// The id of the user of this name or alias.
    pub(crate) fn find(&self, name: &str) -> Option<&String> {
        let wanted = if broken(Rule::NamesInAnyCase) { name.to_owned() } else { name.trim().to_lowercase() };
        self.by_name.get(&wanted)
    }

    /// True if the name belongs to somebody other than `user_id`.
    pub(crate) fn taken(&self, name: &str, user_id: &str) -> bool {
        self.find(name).is_some_and(|owner| owner != user_id)
    }

    pub(crate) fn add(&mut self, user: &User) {
        for name in user.names() {
            self.by_name.insert(name.to_lowercase(), user.user_id.clone());
        }
    }

    pub(crate) fn remove(&mut self, user: &User) {
        for name in user.names() {
            self.by_name.remove(&name.to_lowercase());
        }
    }
}
