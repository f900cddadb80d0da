//! Tenants: one subscriber each, with its state.

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::ids::TenantId;
use super::preset::Preset;

/// Whether a tenant is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    /// Served.
    Active,
    /// Its keys answer that it is suspended; its data is kept.
    Suspended,
    /// Gone: secrets, keys and operations are erased, the audit log and this row stay.
    Deleted,
}

impl TenantStatus {
    /// The status as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deleted => "deleted",
        }
    }

    /// The status that this text names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Deleted].into_iter().find(|status| status.as_str() == text)
    }
}

/// A subscriber of the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its identifier.
    pub id: TenantId,
    /// A short name for URLs and commands, unique in the installation.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// Whether it is served.
    pub status: TenantStatus,
    /// The house counter at its last change.
    pub revision: i64,
    /// When it was registered.
    pub created_at: Timestamp,
    /// Whether a member who connects a client has to answer a Duo push as well.
    pub require_push: bool,
    /// The most that any key or client may do here, whatever its member may.
    pub preset: Preset,
}

/// A short name: 2 to 40 lower-case letters, digits and inner hyphens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

/// A text that cannot be a short name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a short name has 2 to 40 lower-case letters, digits and hyphens, and neither starts nor ends with a hyphen")]
pub struct BadSlug;

impl Slug {
    /// The short name that this text is.
    pub fn parse(text: &str) -> Result<Self, BadSlug> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let fits = (2..=40).contains(&text.len()) && text.bytes().all(plain);
        if fits && !text.starts_with('-') && !text.ends_with('-') { Ok(Self(text.to_owned())) } else { Err(BadSlug) }
    }

    /// The short name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Slug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Slug {
    type Error = BadSlug;
    fn try_from(text: String) -> Result<Self, BadSlug> {
        Self::parse(&text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> String {
        slug.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_is_plain() {
        assert!(Slug::parse("acme-2").is_ok());
        for bad in ["", "a", "-a", "a-", "Acme", "a_b", "a b", &"a".repeat(41)] {
            assert_eq!(Slug::parse(bad), Err(BadSlug), "{bad}");
        }
    }
}
