//! Connections: a tenant's Duo accounts and the sealed keys that open them.

pub use duo_api::{AccountId, Api, ApiHost, SignatureVersion};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::ids::{ConnectionId, CredentialId, TenantId};
use super::tenant::Slug;

/// One Duo account of a tenant, under a name of the tenant's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its identifier.
    pub id: ConnectionId,
    /// Whose it is.
    pub tenant: TenantId,
    /// What the `account` argument calls it; unique in the tenant.
    pub name: Slug,
    /// A longer name for people.
    pub label: Option<String>,
    /// Where the account's API answers.
    pub host: ApiHost,
    /// How authentications are asked for.
    pub defaults: AuthDefaults,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// How authentications of one account are asked for when the call does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuthDefaults {
    /// How a name becomes a Duo username: a text with `{username}` in it, such as `{username}@example.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username_format: Option<String>,
    /// Pairs `key=value&key=value` that the phone shows with every push.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_info: Option<String>,
    /// Whether a call that names no factor expects a passcode.
    pub use_passcode: bool,
}

impl AuthDefaults {
    /// The Duo username for a name, as the account's format says.
    pub fn username(&self, name: &str) -> String {
        match &self.username_format {
            Some(format) if !name.contains('@') || !format.contains('@') => format.replace("{username}", name),
            _ => name.to_owned(),
        }
    }
}

/// How far a stored credential is known to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CredentialStatus {
    /// Stored without a live check; of no use until it is checked.
    Unverified,
    /// Duo accepted it.
    Verified,
    /// Duo refused it at its last use or check.
    Rejected,
}

impl CredentialStatus {
    /// The status as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::Verified => "verified",
            Self::Rejected => "rejected",
        }
    }

    /// The status that this text names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Unverified, Self::Verified, Self::Rejected].into_iter().find(|status| status.as_str() == text)
    }
}

/// A stored Duo credential whose keys are sealed. It may be cached, stored and logged by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedCredential {
    /// Its identifier.
    pub id: CredentialId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The connection that it opens.
    pub connection: ConnectionId,
    /// Which of Duo's APIs it opens.
    pub api: Api,
    /// Where it is used.
    pub host: ApiHost,
    /// The integration key, sealed.
    pub ikey: Sealed,
    /// The secret key, sealed.
    pub skey: Sealed,
    /// The end of the integration key, for people.
    pub ikey_last4: String,
    /// Tells whether two credentials are the same without telling what they are.
    pub fingerprint: String,
    /// How requests are signed with it.
    pub signature: SignatureVersion,
    /// Grows with each replacement; part of what the seals are bound to.
    pub version: i64,
    /// How far it is known to work.
    pub status: CredentialStatus,
    /// What the probe found that it may do, by the panel's words; empty until probed.
    pub grants: Vec<String>,
    /// When Duo last accepted it.
    pub verified_at: Option<Timestamp>,
}

/// A secret under a tenant's data key, as text; it opens only in the vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

/// A child account reached through a connection's Accounts credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildAccount {
    /// Duo's identifier.
    pub id: AccountId,
    /// Its name in Duo.
    pub name: String,
    /// Where its API answers; checked as any host is.
    pub host: ApiHost,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_username_format_applies_once() {
        let defaults = AuthDefaults { username_format: Some("{username}@example.com".into()), ..Default::default() };
        assert_eq!(defaults.username("jdoe"), "jdoe@example.com");
        assert_eq!(defaults.username("jdoe@example.com"), "jdoe@example.com");
        assert_eq!(AuthDefaults::default().username("jdoe"), "jdoe");
    }
}
