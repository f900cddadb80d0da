//! Events of the authentication log, version 2.

use serde::Deserialize;

use super::lenient::{number, or_default};

/// A page of the log as it comes; the pages of a call give its events.
#[derive(Clone, Debug, Deserialize)]
pub struct AuthLogs {
    /// The events.
    #[serde(default, deserialize_with = "or_default")]
    pub authlogs: Vec<AuthLog>,
}

/// An authentication that happened.
#[derive(Clone, Debug, Deserialize)]
pub struct AuthLog {
    /// The transaction.
    pub txid: Option<String>,
    /// When, Unix seconds.
    #[serde(default, deserialize_with = "number")]
    pub timestamp: Option<i64>,
    /// When, in ISO 8601.
    pub isotimestamp: Option<String>,
    /// `authentication` or `enrollment`.
    pub event_type: Option<String>,
    /// `success`, `denied`, `fraud`, ...
    pub result: Option<String>,
    /// Why: `user_approved`, `no_response`, ...
    pub reason: Option<String>,
    /// How: `duo_push`, `bypass_code`, ...
    pub factor: Option<String>,
    /// Who.
    pub user: Option<LogUser>,
    /// Where.
    pub application: Option<LogApplication>,
    /// From which device.
    pub access_device: Option<AccessDevice>,
    /// With which device.
    pub auth_device: Option<AuthDevice>,
    /// The address of the user.
    pub email: Option<String>,
    /// The alias under which the user came.
    pub alias: Option<String>,
    /// Whether the device is trusted.
    pub trusted_endpoint_status: Option<String>,
}

/// The user of an event.
#[derive(Clone, Debug, Deserialize)]
pub struct LogUser {
    /// The id.
    pub key: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The groups, as text.
    #[serde(default, deserialize_with = "or_default")]
    pub groups: Vec<String>,
}

/// The application of an event.
#[derive(Clone, Debug, Deserialize)]
pub struct LogApplication {
    /// The integration key.
    pub key: Option<String>,
    /// The name.
    pub name: Option<String>,
}

/// The device from which a person came.
#[derive(Clone, Debug, Deserialize)]
pub struct AccessDevice {
    /// The address.
    pub ip: Option<String>,
    /// The name of the machine.
    pub hostname: Option<String>,
    /// The operating system.
    pub os: Option<String>,
    /// Its version.
    pub os_version: Option<String>,
    /// The browser.
    pub browser: Option<String>,
    /// Its version.
    pub browser_version: Option<String>,
    /// Where that is.
    pub location: Option<Location>,
}

/// The device with which a person answered.
#[derive(Clone, Debug, Deserialize)]
pub struct AuthDevice {
    /// The address.
    pub ip: Option<String>,
    /// The id.
    pub key: Option<String>,
    /// The name or number.
    pub name: Option<String>,
    /// Where that is.
    pub location: Option<Location>,
}

/// A place.
#[derive(Clone, Debug, Deserialize)]
pub struct Location {
    /// The city.
    pub city: Option<String>,
    /// The state.
    pub state: Option<String>,
    /// The country.
    pub country: Option<String>,
}
