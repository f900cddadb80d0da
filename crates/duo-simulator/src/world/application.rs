//! Applications: the keys with which callers sign, and what each may do.

use crate::rule::{Rule, broken};
use serde::{Deserialize, Serialize};

/// Which of Duo's APIs an application's key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationKind {
    /// The Auth API.
    Auth,
    /// The Admin API of the application's own account.
    Admin,
    /// The Accounts API, and through it the Admin API of the child accounts.
    Accounts,
}

/// A permission that an Admin API application has or lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Grant {
    ReadResource,
    WriteResource,
    ReadLog,
    ReadInformation,
    Settings,
    Applications,
    ReadAdministrators,
    WriteAdministrators,
}

impl Grant {
    pub(crate) const ALL: [Self; 8] = [
        Self::ReadResource,
        Self::WriteResource,
        Self::ReadLog,
        Self::ReadInformation,
        Self::Settings,
        Self::Applications,
        Self::ReadAdministrators,
        Self::WriteAdministrators,
    ];

    /// The flag under which Duo's integration objects show this permission.
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Self::ReadResource => "adminapi_read_resource",
            Self::WriteResource => "adminapi_write_resource",
            Self::ReadLog => "adminapi_read_log",
            Self::ReadInformation => "adminapi_info",
            Self::Settings => "adminapi_settings",
            Self::Applications => "adminapi_integrations",
            Self::ReadAdministrators => "adminapi_admins_read",
            Self::WriteAdministrators => "adminapi_admins",
        }
    }
}

/// An application of an account: where to call, and with which keys.
///
/// The secret key is shown freely, because it opens nothing but this simulator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Application {
    /// Which API the key opens.
    pub kind: ApplicationKind,
    /// What the account's administrators called it.
    pub name: String,
    /// The API host of the owning account.
    pub host: String,
    /// The integration key.
    pub ikey: String,
    /// The secret key.
    pub skey: String,
    /// The account that owns it.
    pub account_id: String,
    /// Whether Duo has enabled the billing calls for it.
    pub billing: bool,
    pub(crate) grants: Vec<Grant>,
}

impl Application {
    pub(crate) fn may(&self, grant: Grant) -> bool {
        self.kind == ApplicationKind::Accounts || self.grants.contains(&grant) || broken(Rule::GrantAsked)
    }
}
