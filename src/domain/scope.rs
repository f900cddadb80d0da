//! Scopes: what a key or a grant may be used for.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One kind of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Scope {
    /// Look at users, groups, devices, accounts.
    #[serde(rename = "duo:read")]
    Read,
    /// Look at logs, which hold personal data.
    #[serde(rename = "duo:logs")]
    Logs,
    /// Send pushes, text messages and calls to people.
    #[serde(rename = "duo:auth")]
    Auth,
    /// Make and change users, groups and devices.
    #[serde(rename = "duo:write")]
    Write,
    /// Delete for good, weaken or add factors.
    #[serde(rename = "duo:destroy")]
    Destroy,
    /// Make, delete and bill child accounts.
    #[serde(rename = "duo:accounts")]
    Accounts,
}

impl Scope {
    /// All of them, in the order in which they are written.
    pub const ALL: [Self; 6] = [Self::Read, Self::Logs, Self::Auth, Self::Write, Self::Destroy, Self::Accounts];

    /// The scope as clients write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "duo:read",
            Self::Logs => "duo:logs",
            Self::Auth => "duo:auth",
            Self::Write => "duo:write",
            Self::Destroy => "duo:destroy",
            Self::Accounts => "duo:accounts",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope `{0}`; known are duo:read, duo:logs, duo:auth, duo:write, duo:destroy and duo:accounts")]
pub struct UnknownScope(pub String);

impl FromStr for Scope {
    type Err = UnknownScope;
    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

/// A set of scopes; in text, words parted by spaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<Scope>", into = "Vec<Scope>")]
#[schemars(with = "Vec<Scope>")]
pub struct Scopes(u8);

impl Scopes {
    /// Every scope there is.
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// Only looking: `duo:read` and nothing else.
    pub fn read_only() -> Self {
        [Scope::Read].into_iter().collect()
    }

    /// Whether this scope is in the set.
    pub fn has(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// The scopes that are in both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether every scope of the other set is in this one.
    pub fn holds(self, other: Self) -> bool {
        self.and(other) == other
    }

    /// The scopes in the set, in their usual order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        Self(scopes.into_iter().fold(0, |set, scope| set | (1 << scope as u8)))
    }
}

impl From<Vec<Scope>> for Scopes {
    fn from(scopes: Vec<Scope>) -> Self {
        scopes.into_iter().collect()
    }
}

impl From<Scopes> for Vec<Scope> {
    fn from(scopes: Scopes) -> Self {
        scopes.iter().collect()
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;
    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        text.split_whitespace().map(Scope::from_str).collect()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = self.iter().map(Scope::as_str);
        f.write_str(words.next().unwrap_or_default())?;
        words.try_for_each(|word| write!(f, " {word}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_reads_back() {
        let scopes: Scopes = "duo:write duo:read".parse().unwrap();
        assert_eq!(scopes.to_string(), "duo:read duo:write");
        assert!(scopes.has(Scope::Write) && !scopes.has(Scope::Destroy));
        assert!("duo:everything".parse::<Scopes>().is_err());
        assert_eq!(serde_json::to_string(&scopes).unwrap(), r#"["duo:read","duo:write"]"#);
    }
}
