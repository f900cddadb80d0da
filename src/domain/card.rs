//! What only a person can know of a tool: its card.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scope::Scope;

/// How much a call asks for; it follows the arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Level {
    /// Reads: runs.
    L0,
    /// A reversible change to one object: runs and is audited.
    L1,
    /// Sensitive, or two objects and more: the client's form, or an operation that waits.
    L2,
    /// Irreversible, weakens or adds a factor, money, all: waits for an approval over another channel.
    L3,
}

impl Level {
    /// The level as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::L0 => "L0",
            Self::L1 => "L1",
            Self::L2 => "L2",
            Self::L3 => "L3",
        }
    }

    /// The level that this text names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::L0, Self::L1, Self::L2, Self::L3].into_iter().find(|level| level.as_str() == text)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A family of tools that a client may choose by URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Toolset {
    /// Who am I, which accounts are there.
    Context,
    /// Users and groups.
    Users,
    /// Authentications and pushes.
    Auth,
    /// Child accounts, editions and credits.
    Accounts,
    /// Changes that wait, ran or can be undone.
    Operations,
}

impl Toolset {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 5] = [Self::Context, Self::Users, Self::Auth, Self::Accounts, Self::Operations];

    /// The toolset as clients write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Context => "context",
            Self::Users => "users",
            Self::Auth => "auth",
            Self::Accounts => "accounts",
            Self::Operations => "operations",
        }
    }
}

/// Name, title, toolset, scopes and highest level of a tool.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// `verb_noun`, as clients call it.
    pub name: &'static str,
    /// What a person reads in a list.
    pub title: &'static str,
    /// Its family.
    pub toolset: Toolset,
    /// The scope that a caller needs.
    pub scope: Scope,
    /// A second scope, for what also destroys.
    pub also: Option<Scope>,
    /// The highest level that any of its calls has.
    pub level: Level,
    /// Whether it is listed without being chosen.
    pub by_default: bool,
    /// Whether the same call twice leaves the same state as once.
    pub idempotent: bool,
    /// Whether it reaches people outside (a push, a text message, a call).
    pub reaches_people: bool,
}

impl Card {
    /// The card of a tool that only looks.
    pub const fn read(name: &'static str, title: &'static str, toolset: Toolset) -> Self {
        Self {
            name,
            title,
            toolset,
            scope: Scope::Read,
            also: None,
            level: Level::L0,
            by_default: false,
            idempotent: true,
            reaches_people: false,
        }
    }

    /// The card of a tool that changes something.
    pub const fn change(
        name: &'static str,
        title: &'static str,
        toolset: Toolset,
        scope: Scope,
        highest: Level,
    ) -> Self {
        Self { scope, level: highest, idempotent: false, ..Self::read(name, title, toolset) }
    }

    /// The same, listed without being chosen.
    #[must_use]
    pub const fn by_default(self) -> Self {
        Self { by_default: true, ..self }
    }

    /// The same, needing this scope instead.
    #[must_use]
    pub const fn with_scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// The same, needing a second scope as well.
    #[must_use]
    pub const fn and_scope(self, scope: Scope) -> Self {
        Self { also: Some(scope), ..self }
    }

    /// The same, with a second identical call changing nothing more.
    #[must_use]
    pub const fn idempotent(self) -> Self {
        Self { idempotent: true, ..self }
    }

    /// The same, reaching people outside.
    #[must_use]
    pub const fn reaching_people(self) -> Self {
        Self { reaches_people: true, ..self }
    }
}
