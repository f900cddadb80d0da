//! The world and its accounts: who holds what, and finding it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::application::Application;
use super::bypass::BypassCode;
use super::device::{DesktopAuthenticator, Phone, SecurityKey, Token};
use super::group::Group;
use super::logbook::Logbook;
use super::login::Login;
use super::names::Names;
use super::policy::Policy;
use super::script::Script;
use super::user::{Status, User};
use crate::random::Random;
use crate::rule::{Rule, broken};

/// Everything that is remembered from one call to the next.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) random: Random,
    pub(crate) parent_id: String,
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) applications: Vec<Application>,
    pub(crate) scripts: Vec<Script>,
    /// Messages that real phones would have received.
    pub(crate) sent: Vec<Value>,
}

/// One account, the parent or a child.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) account_id: String,
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) edition: String,
    pub(crate) credits: i64,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) phones: BTreeMap<String, Phone>,
    pub(crate) tokens: BTreeMap<String, Token>,
    pub(crate) webauthn: BTreeMap<String, SecurityKey>,
    pub(crate) desktop: BTreeMap<String, DesktopAuthenticator>,
    pub(crate) bypass_codes: BTreeMap<String, BypassCode>,
    pub(crate) logins: BTreeMap<String, Login>,
    pub(crate) admins: Vec<Value>,
    /// Made over the Admin API, and good for showing only.
    #[serde(default)]
    pub(crate) integrations: Vec<Value>,
    #[serde(default)]
    pub(crate) policies: Vec<Policy>,
    pub(crate) settings: Map<String, Value>,
    pub(crate) logs: Logbook,
    /// Found again from the users when a saved world is read.
    #[serde(skip)]
    pub(crate) names: Names,
}

/// How many of one kind of thing Duo lets one user, phone or token have.
pub(crate) const OBJECT_LIMIT: usize = 100;

impl World {
    /// The account of this id.
    pub(crate) fn account(&self, account_id: &str) -> Option<&Account> {
        self.accounts.get(account_id)
    }

    pub(crate) fn account_mut(&mut self, account_id: &str) -> Option<&mut Account> {
        self.accounts.get_mut(account_id)
    }

    /// The account whose API host this is, in any case.
    pub(crate) fn account_at(&self, host: &str) -> Option<&Account> {
        self.accounts.values().find(|account| account.host.eq_ignore_ascii_case(host))
    }

    pub(crate) fn children(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values().filter(|account| account.account_id != self.parent_id)
    }

    pub(crate) fn application(&self, ikey: &str) -> Option<&Application> {
        self.applications.iter().find(|application| application.ikey == ikey)
    }
}

impl Account {
    /// The user of this username or alias, in any case.
    pub(crate) fn user_named(&self, name: &str) -> Option<&User> {
        self.users.get(self.names.find(name)?)
    }

    /// Takes a user in; the caller has made sure that the names are free.
    pub(crate) fn insert_user(&mut self, user: User) {
        self.names.add(&user);
        self.users.insert(user.user_id.clone(), user);
    }

    /// Removes a user and what cannot be without one. Phones and tokens stay, unassigned.
    pub(crate) fn remove_user(&mut self, user_id: &str) -> Option<User> {
        let user = self.users.remove(user_id)?;
        self.names.remove(&user);
        for phone in &user.phones {
            if broken(Rule::DeletionLeavesPhone) {
                self.phones.remove(phone);
            }
            if let Some(phone) = self.phones.get_mut(phone) {
                phone.users.retain(|id| id != user_id);
            }
        }
        for token in &user.tokens {
            if let Some(token) = self.tokens.get_mut(token) {
                token.users.retain(|id| id != user_id);
            }
        }
        self.webauthn.retain(|_, key| key.user_id != user_id);
        self.desktop.retain(|_, desktop| desktop.user_id != user_id);
        self.bypass_codes.retain(|_, code| code.user_id != user_id);
        Some(user)
    }

    pub(crate) fn link_phone(&mut self, user_id: &str, phone_id: &str) {
        if let (Some(user), Some(phone)) = (self.users.get_mut(user_id), self.phones.get_mut(phone_id)) {
            if !user.phones.iter().any(|id| id == phone_id) {
                user.phones.push(phone_id.to_owned());
                phone.users.push(user_id.to_owned());
            }
            user.is_enrolled = true;
        }
    }

    pub(crate) fn unlink_phone(&mut self, user_id: &str, phone_id: &str) {
        if let Some(user) = self.users.get_mut(user_id) {
            user.phones.retain(|id| id != phone_id);
            user.is_enrolled = user.has_device();
        }
        if let Some(phone) = self.phones.get_mut(phone_id) {
            phone.users.retain(|id| id != user_id);
        }
    }

    pub(crate) fn link_token(&mut self, user_id: &str, token_id: &str) {
        if let (Some(user), Some(token)) = (self.users.get_mut(user_id), self.tokens.get_mut(token_id)) {
            if !user.tokens.iter().any(|id| id == token_id) {
                user.tokens.push(token_id.to_owned());
                token.users.push(user_id.to_owned());
            }
            user.is_enrolled = true;
        }
    }

    pub(crate) fn unlink_token(&mut self, user_id: &str, token_id: &str) {
        if let Some(user) = self.users.get_mut(user_id) {
            user.tokens.retain(|id| id != token_id);
            user.is_enrolled = user.has_device();
        }
        if let Some(token) = self.tokens.get_mut(token_id) {
            token.users.retain(|id| id != user_id);
        }
    }

    /// What holds for a user once the groups have had their say.
    pub(crate) fn effective_status(&self, user: &User) -> Status {
        if matches!(user.status, Status::PendingDeletion | Status::LockedOut) {
            return user.status;
        }
        if broken(Rule::GroupOverrides) {
            return user.status;
        }
        let of_groups = |wanted| user.groups.iter().any(|id| self.groups.get(id).is_some_and(|g| g.status == wanted));
        if of_groups(Status::Disabled) {
            Status::Disabled
        } else if of_groups(Status::Bypass) {
            Status::Bypass
        } else {
            user.status
        }
    }
}
