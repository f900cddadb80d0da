//! One admitted call, as a handler sees it.

use serde_json::Value;

use super::params::Params;
use crate::reply::Refusal;
use crate::world::{Account, Application, Change, User, World};

/// A call that was signed well and may be made.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) world: &'a mut World,
    /// The account that it concerns.
    pub(crate) account_id: String,
    pub(crate) application: Application,
    pub(crate) params: Params,
    /// What stood in the variable places of the path.
    pub(crate) path: Vec<String>,
    pub(crate) now_ms: i64,
    /// Rows younger than this are not in the logs yet.
    pub(crate) log_delay_ms: i64,
    /// How long somebody has to answer a push.
    pub(crate) login_timeout_ms: i64,
}

impl Call<'_> {
    pub(crate) fn account(&self) -> Result<&Account, Refusal> {
        self.world.account(&self.account_id).ok_or_else(Refusal::not_found)
    }

    pub(crate) fn account_mut(&mut self) -> Result<&mut Account, Refusal> {
        self.world.account_mut(&self.account_id).ok_or_else(Refusal::not_found)
    }

    /// The variable place of the path with this number.
    pub(crate) fn place(&self, index: usize) -> String {
        self.path.get(index).cloned().unwrap_or_default()
    }

    /// The user whose id stands first in the path.
    pub(crate) fn user(&self) -> Result<&User, Refusal> {
        self.account()?.users.get(&self.place(0)).ok_or_else(Refusal::not_found)
    }

    /// Writes what was changed into the account's logs.
    pub(crate) fn log(&mut self, action: &str, kind: &str, id: &str, name: &str, details: Value) {
        let change = Change { action, kind, id, name, details };
        self.world.log_change(&self.account_id, &self.application, &change, self.now_ms);
    }
}
