//! Rows of the authentication log, for logins of today and of the made-up past.

use serde_json::{Value, json};

use super::account::Account;
use super::logbook::LogRow;
use super::login::{Factor, FinalState, Login};
use crate::clock::{iso, secs};

/// Where a login came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) ip: &'static str,
    pub(crate) city: &'static str,
    pub(crate) state: &'static str,
    pub(crate) country: &'static str,
    pub(crate) browser: &'static str,
    pub(crate) os: &'static str,
}

/// The ordinary office, which logins have that say nothing else.
pub(crate) const OFFICE: Place = Place {
    ip: "198.51.100.20",
    city: "Ann Arbor",
    state: "Michigan",
    country: "United States",
    browser: "Chrome",
    os: "Windows",
};

/// What a row says, before names are looked up.
#[derive(Debug, Clone)]
pub(crate) struct AuthRow {
    pub(crate) txid: String,
    pub(crate) user_id: String,
    pub(crate) at_ms: i64,
    pub(crate) factor: &'static str,
    pub(crate) result: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) ikey: String,
    pub(crate) application: String,
    pub(crate) ip: String,
    pub(crate) hostname: String,
    pub(crate) place: Place,
    pub(crate) device: String,
}

impl AuthRow {
    /// The row of a login that just ended.
    pub(crate) fn of_login(login: &Login, end: FinalState, now_ms: i64) -> Self {
        let (result, reason) = match end {
            FinalState::Allow if login.factor == Factor::Passcode => ("success", "valid_passcode"),
            FinalState::Allow => ("success", "user_approved"),
            FinalState::Bypass => ("success", "bypass_user"),
            FinalState::Deny => ("denied", "user_mistake"),
            FinalState::WrongPasscode => ("denied", "invalid_passcode"),
            FinalState::Timeout => ("denied", "no_response"),
            FinalState::Fraud => ("fraud", "user_marked_fraud"),
            FinalState::LockedOut => ("denied", "locked_out"),
            FinalState::Sent => ("denied", "sms_sent"),
        };
        let factor = match login.factor {
            _ if end == FinalState::Bypass => "not_available",
            Factor::Push => "duo_push",
            Factor::Phone => "phone_call",
            Factor::Sms => "sms_refresh",
            Factor::Passcode => "passcode",
        };
        let request = &login.request;
        Self {
            txid: login.txid.clone(),
            user_id: login.user_id.clone(),
            at_ms: now_ms,
            factor,
            result,
            reason,
            ikey: request.ikey.clone(),
            application: request.application.clone(),
            ip: request.ipaddr.clone(),
            hostname: request.hostname.clone(),
            place: OFFICE,
            device: login.device_name.clone(),
        }
    }
}

/// The row as Duo's v2 log writes it; nothing for a user who is gone.
pub(crate) fn auth_row(account: &Account, row: &AuthRow) -> Option<LogRow> {
    let user = account.users.get(&row.user_id)?;
    let groups: Vec<String> = user
        .groups
        .iter()
        .filter_map(|id| account.groups.get(id))
        .map(|group| format!("{} ({})", group.name, group.group_id))
        .collect();
    let text = |value: &str| if value.is_empty() { Value::Null } else { Value::from(value) };
    let place = row.place;
    let location = json!({"city": place.city, "state": place.state, "country": place.country});
    let value = json!({
        "txid": row.txid,
        "timestamp": secs(row.at_ms),
        "isotimestamp": iso(row.at_ms),
        "event_type": "authentication",
        "result": row.result,
        "reason": row.reason,
        "factor": row.factor,
        "user": {"key": user.user_id, "name": user.username, "groups": groups},
        "application": {"key": row.ikey, "name": row.application},
        "access_device": {
            "ip": if row.ip.is_empty() { Value::Null } else { Value::from(row.ip.as_str()) },
            "hostname": text(&row.hostname),
            "location": location,
            "browser": place.browser,
            "browser_version": "128.0",
            "os": place.os,
            "os_version": "11",
            "is_encryption_enabled": "unknown",
            "is_firewall_enabled": "unknown",
            "is_password_set": "unknown",
            "security_agents": "unknown",
        },
        "auth_device": {
            "ip": if row.ip.is_empty() { Value::Null } else { Value::from(row.ip.as_str()) },
            "key": user.phones.first(),
            "name": text(&row.device),
            "location": location,
        },
        "email": user.email,
        "alias": "",
        "trusted_endpoint_status": "not trusted",
        "ood_software": Value::Null,
        "adaptive_trust_assessments": {},
    });
    Some(LogRow { at_ms: row.at_ms, id: row.txid.clone(), row: value })
}
