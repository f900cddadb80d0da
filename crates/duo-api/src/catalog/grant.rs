//! The permissions that an Admin API application can be given in Duo's panel.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A grant of an Admin API application, in the words of the Admin Panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grant {
    /// Read administrators and administrative units.
    #[serde(rename = "Grant administrators - Read")]
    AdministratorsRead,
    /// Change administrators and administrative units.
    #[serde(rename = "Grant administrators - Write")]
    AdministratorsWrite,
    /// Read counts and usage.
    #[serde(rename = "Grant read information")]
    ReadInformation,
    /// Change applications and read their secrets.
    #[serde(rename = "Grant applications")]
    Applications,
    /// Read logs.
    #[serde(rename = "Grant read log")]
    ReadLog,
    /// Read users, groups, phones, tokens, policies and other resources.
    #[serde(rename = "Grant resource - Read")]
    ResourceRead,
    /// Change users, groups, phones, tokens, policies and other resources.
    #[serde(rename = "Grant resource - Write")]
    ResourceWrite,
    /// Read and change settings and branding.
    #[serde(rename = "Grant settings")]
    Settings,
}

impl Grant {
    /// Every grant, in the order of its words.
    pub const ALL: [Self; 8] = [
        Self::AdministratorsRead,
        Self::AdministratorsWrite,
        Self::ReadInformation,
        Self::Applications,
        Self::ReadLog,
        Self::ResourceRead,
        Self::ResourceWrite,
        Self::Settings,
    ];

    /// The words beside the tick box in the Admin Panel.
    pub fn words(self) -> &'static str {
        match self {
            Self::AdministratorsRead => "Grant administrators - Read",
            Self::AdministratorsWrite => "Grant administrators - Write",
            Self::ReadInformation => "Grant read information",
            Self::Applications => "Grant applications",
            Self::ReadLog => "Grant read log",
            Self::ResourceRead => "Grant resource - Read",
            Self::ResourceWrite => "Grant resource - Write",
            Self::Settings => "Grant settings",
        }
    }

    /// The field of an integration record that carries this grant.
    pub fn integration_flag(self) -> &'static str {
        match self {
            Self::AdministratorsRead => "adminapi_admins_read",
            Self::AdministratorsWrite => "adminapi_admins",
            Self::ReadInformation => "adminapi_info",
            Self::Applications => "adminapi_integrations",
            Self::ReadLog => "adminapi_read_log",
            Self::ResourceRead => "adminapi_read_resource",
            Self::ResourceWrite => "adminapi_write_resource",
            Self::Settings => "adminapi_settings",
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_the_names_in_the_catalogue() {
        for grant in Grant::ALL {
            assert_eq!(serde_json::to_value(grant).unwrap(), grant.words());
            assert!(grant.integration_flag().starts_with("adminapi_"));
        }
    }
}
