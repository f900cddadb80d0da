//! Presets: scopes that go together, under one word.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scope::{Scope, Scopes};

/// Scopes that go together. A person who consents chooses one, and a tenant has one that bounds all its members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// See, change nothing, reach nobody.
    Look,
    /// Look, change users and their devices, and verify callers.
    HelpDesk,
    /// What the help desk does, and the logs.
    Security,
    /// All there is.
    #[default]
    Everything,
}

/// A word that is no preset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown preset `{0}`; known are look, helpdesk, security and everything")]
pub struct UnknownPreset(pub String);

impl Preset {
    /// All of them, the narrowest first.
    pub const ALL: [Self; 4] = [Self::Look, Self::HelpDesk, Self::Security, Self::Everything];

    /// The preset as it is stored and written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::HelpDesk => "helpdesk",
            Self::Security => "security",
            Self::Everything => "everything",
        }
    }

    /// What it stands for.
    pub fn scopes(self) -> Scopes {
        match self {
            Self::Look => Scopes::read_only(),
            Self::HelpDesk => [Scope::Read, Scope::Auth, Scope::Write].into_iter().collect(),
            Self::Security => [Scope::Read, Scope::Logs, Scope::Auth, Scope::Write].into_iter().collect(),
            Self::Everything => Scopes::all(),
        }
    }
}

impl std::fmt::Display for Preset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Preset {
    type Err = UnknownPreset;
    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        Self::ALL.into_iter().find(|preset| preset.as_str() == text).ok_or_else(|| UnknownPreset(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_wider_than_the_one_before() {
        for pair in Preset::ALL.windows(2) {
            assert!(pair[1].scopes().holds(pair[0].scopes()) && pair[0] != pair[1], "{pair:?}");
        }
        for preset in Preset::ALL {
            assert_eq!(preset.as_str().parse(), Ok(preset));
        }
        assert!("Look".parse::<Preset>().is_err());
    }
}
