//! Connections: a tenant's Duo accounts and the sealed keys that open them.

pub use duo_api::{AccountId, Api, ApiHost, SignatureVersion};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::ids::{ConnectionId, CredentialId, TenantId};
use super::member::{Member, MemberKind};
use super::tenant::Slug;
use super::username::{BadFormat, UsernameFormat};

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

/// The longest pairs that a phone is shown besides who asks.
const LONGEST_PAIRS: usize = 1000;

/// How authentications of one account are asked for when the call does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuthDefaults {
    /// How a name becomes a Duo username: a text with `{{name}}`, `{{local}}` (what is before the @) or `{{domain}}` in
    /// it, such as `{{name}}@example.com`. Left out or blank, a name is taken as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username_format: Option<String>,
    /// Pairs `key=value&key=value` that the phone shows with every push.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_info: Option<String>,
    /// Whether answers about authentication remind of the passcode.
    pub use_passcode: bool,
}

/// Defaults that Duo, or a person's phone, could not make sense of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDefaults {
    /// No name would become a username by it.
    #[error(transparent)]
    UsernameFormat(#[from] BadFormat),
    /// Not what Duo takes as pairs.
    #[error(
        "`push_info` is pairs `key=value&key=value` of at most 1000 characters; in them only letters, digits, `-._~` \
         and percent-encoded bytes such as `%20`"
    )]
    PushInfo,
}

impl AuthDefaults {
    /// Checks that names become usernames by the format, and that Duo can read the pairs.
    pub fn check(&self) -> Result<(), BadDefaults> {
        self.format()?;
        if self.push_info.as_ref().is_some_and(|pairs| pairs.len() > LONGEST_PAIRS || !pairs.split('&').all(is_pair)) {
            return Err(BadDefaults::PushInfo);
        }
        Ok(())
    }

    /// The Duo username for a name that a call gives, as the account's format says.
    pub fn username(&self, name: &str) -> String {
        self.format().map_or_else(|_| name.to_owned(), |format| format.apply_to_given(name))
    }

    /// The Duo username of a member: its own, or what the account's format makes of its name. A service has none, nor has
    /// who is known by nothing but what he said himself: the name could be anybody's.
    pub fn username_of(&self, member: &Member) -> Option<String> {
        match (&member.duo_username, member.kind) {
            (_, MemberKind::Service) => None,
            _ if !member.is_vouched_for() => None,
            (Some(username), _) => Some(username.clone()),
            (None, MemberKind::Person) => self.format().ok()?.apply(&member.name).ok(),
        }
    }

    fn format(&self) -> Result<UsernameFormat, BadFormat> {
        UsernameFormat::parse(self.username_format.as_deref().unwrap_or_default())
    }
}

fn is_pair(text: &str) -> bool {
    text.split_once('=').is_some_and(|(key, value)| !key.is_empty() && is_encoded(key) && is_encoded(value))
}

/// Whether a text is percent-encoded as RFC 3986 has it, so that nothing in it parts pairs.
fn is_encoded(text: &str) -> bool {
    text.split('%').enumerate().all(|(place, part)| {
        let plain = match part.get(..2) {
            _ if place == 0 => part,
            Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => &part[2..],
            _ => return false,
        };
        plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    })
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
    use crate::domain::member::Role;
    use crate::domain::member::tests::member;

    #[test]
    fn defaults_that_mean_nothing_are_refused() {
        let check = |username_format: Option<&str>, push_info: Option<&str>| {
            let [username_format, push_info] = [username_format, push_info].map(|text| text.map(str::to_owned));
            AuthDefaults { username_format, push_info, ..Default::default() }.check()
        };
        assert_eq!(check(None, None), Ok(()));
        assert_eq!(check(Some("corp-{{name}}@example.com"), Some("From=login%20portal&To=")), Ok(()));
        for format in ["jdoe", "{user}", "{{user}}"] {
            assert!(matches!(check(Some(format), None), Err(BadDefaults::UsernameFormat(_))), "{format}");
        }
        let long = format!("a={}", "b".repeat(1000));
        for pairs in
            ["", "login portal", "a", "=b", "a=b&", "a=b&&c=d", "a=b c", "a=%2", "a=%zz", "a=%é", "a=b=c", &long]
        {
            assert_eq!(check(None, Some(pairs)), Err(BadDefaults::PushInfo), "{pairs}");
        }
    }

    #[test]
    fn the_username_format_applies_once() {
        let defaults = AuthDefaults { username_format: Some("{{name}}@example.com".into()), ..Default::default() };
        assert_eq!(defaults.username("jdoe"), "jdoe@example.com");
        assert_eq!(defaults.username("jdoe@example.com"), "jdoe@example.com");
        assert_eq!(AuthDefaults::default().username("jdoe"), "jdoe");
    }

    #[test]
    fn a_member_is_known_in_duo_by_its_own_username_or_by_the_format() {
        let random = crate::domain::random::Random::seeded(1);
        let member = member(&TenantId::new(&random).unwrap(), Role::Owner);
        let defaults = AuthDefaults { username_format: Some("{{name}}@example.com".into()), ..Default::default() };
        assert_eq!(defaults.username_of(&member).as_deref(), Some("p@example.com"));
        let known = Member { duo_username: Some("jdoe".into()), ..member.clone() };
        assert_eq!(defaults.username_of(&known).as_deref(), Some("jdoe"));
        let strict = AuthDefaults { username_format: Some("{{local}}.{{domain}}".into()), ..Default::default() };
        assert_eq!(strict.username_of(&member), None);
        let unknown = Member { duo_username: Some(String::new()), ..member.clone() };
        assert_eq!(defaults.username_of(&unknown), None);
        assert_eq!(defaults.username_of(&Member { kind: MemberKind::Service, ..member }), None);
    }
}
