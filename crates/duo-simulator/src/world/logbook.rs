//! The account's three logs and how a row comes into each.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::World;
use super::application::Application;
use crate::clock::{iso, secs};
use crate::rule::{Rule, broken};

/// One row with what paging needs of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LogRow {
    pub(crate) at_ms: i64,
    pub(crate) id: String,
    pub(crate) row: Value,
}

/// Oldest first, each.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Logbook {
    pub(crate) authentication: Vec<LogRow>,
    pub(crate) activity: Vec<LogRow>,
    pub(crate) administrator: Vec<LogRow>,
    #[serde(default)]
    pub(crate) telephony: Vec<LogRow>,
}

/// A message or a call that costs a credit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialled<'a> {
    /// `sms` or `phone`.
    pub(crate) kind: &'a str,
    /// Why, such as `authentication`.
    pub(crate) context: &'a str,
    pub(crate) number: &'a str,
    /// The login that it belongs to, if any.
    pub(crate) txid: Option<&'a str>,
}

/// A change, as the activity and administrator logs tell it.
#[derive(Debug, Clone)]
pub(crate) struct Change<'a> {
    /// As the administrator log calls it, such as `user_create`.
    pub(crate) action: &'a str,
    /// What it was done to: `user`, `group`, ...
    pub(crate) kind: &'a str,
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) details: Value,
}

impl World {
    /// Takes the credit that a message or a call costs, and tells of it in the log.
    pub(crate) fn log_dialled(&mut self, account_id: &str, dialled: Dialled<'_>, now_ms: i64) {
        let id = self.random.uuid();
        let Some(account) = self.accounts.get_mut(account_id) else { return };
        account.credits = (account.credits - 1).max(0);
        let row = json!({
            "telephony_id": id,
            "ts": iso(now_ms),
            "context": dialled.context,
            "credits": 1,
            "phone": dialled.number,
            "txid": dialled.txid,
            "type": dialled.kind,
        });
        account.logs.telephony.push(LogRow { at_ms: now_ms, id, row });
    }

    /// Writes a change into both logs of the account.
    pub(crate) fn log_change(&mut self, account_id: &str, by: &Application, change: &Change<'_>, now_ms: i64) {
        if broken(Rule::ChangesLogged) {
            return;
        }
        let activity_id = self.random.uuid();
        let admin_id = self.random.uuid();
        let Some(account) = self.accounts.get_mut(account_id) else { return };
        let activity = json!({
            "activity_id": activity_id,
            "akey": account.account_id,
            "ts": iso(now_ms),
            "action": {"name": change.action, "details": change.details.to_string()},
            "actor": {"key": by.ikey, "name": by.name, "type": "api", "details": Value::Null},
            "target": {"key": change.id, "name": change.name, "type": change.kind, "details": change.details.to_string()},
            "application": {"key": by.ikey, "name": by.name, "type": "adminapi"},
            "access_device": {"ip": {"address": "127.0.0.1"}},
            "outcome": {"result": "success"},
        });
        let administrator = json!({
            "timestamp": secs(now_ms),
            "isotimestamp": iso(now_ms),
            "username": by.name,
            "action": change.action,
            "object": change.name,
            "description": change.details.to_string(),
        });
        account.logs.activity.push(LogRow { at_ms: now_ms, id: activity_id, row: activity });
        account.logs.administrator.push(LogRow { at_ms: now_ms, id: admin_id, row: administrator });
    }
}
