//! Child accounts, plan, credits and counts.

use serde::Deserialize;

use super::lenient::{certain_number, number};
use crate::call::Child;
use crate::host::ApiHost;
use crate::key::AccountId;

/// A child account. Id and host come from the network: check them before they are used.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ChildAccount {
    /// Twenty characters, `DA` first.
    pub account_id: String,
    /// The name.
    #[serde(default)]
    pub name: String,
    /// The host on which it is called.
    pub api_hostname: Option<String>,
}

impl ChildAccount {
    /// Where to call it; `None` if its id or its host is not one of Duo's.
    pub fn child(&self) -> Option<Child> {
        let account_id = AccountId::parse(&self.account_id).ok()?;
        let host = ApiHost::parse(self.api_hostname.as_deref()?).ok()?;
        Some(Child { account_id, host })
    }
}

/// The plan of an account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Edition {
    /// `ENTERPRISE` (Essentials), `PLATFORM` (Advantage), `BEYOND` (Premier), `PERSONAL` (Free).
    pub edition: String,
}

/// The telephony credits of an account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TelephonyCredits {
    /// How many.
    #[serde(deserialize_with = "certain_number")]
    pub credits: i64,
}

/// Counts of an account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct InfoSummary {
    /// Administrators.
    #[serde(default, deserialize_with = "number")]
    pub admin_count: Option<i64>,
    /// Applications.
    #[serde(default, deserialize_with = "number")]
    pub integration_count: Option<i64>,
    /// Telephony credits left.
    #[serde(default, deserialize_with = "number")]
    pub telephony_credits_remaining: Option<i64>,
    /// Users.
    #[serde(default, deserialize_with = "number")]
    pub user_count: Option<i64>,
    /// Users in the trash.
    #[serde(default, deserialize_with = "number")]
    pub user_pending_deletion_count: Option<i64>,
    /// The plan, if Duo says so.
    pub edition: Option<String>,
}
