//! The table of all tools; look-up and choice.

use std::collections::BTreeSet;

use super::change::{
    Auth, BulkCreateUsers, CreateAccount, CreateUser, DeleteAccount, ModifyUser, RestoreUsers, SetBillingEdition,
    SetTelephonyCredits, TrashUsers,
};
#[cfg(feature = "conformance")]
use super::conformance::FIXTURES;
use super::entry::Entry;
use super::house::{AuthStatus, CheckAuth, GetContext, GetOperation, ListAccounts};
use super::read::{GetBillingEdition, GetTelephonyCredits, GetUser, ListUsers, PingAuth, Preauth};
use crate::domain::card::{Level, Toolset};

/// Every tool, in the order of its name.
pub const TOOLS: &[Entry] = &[
    Entry::change::<Auth>(),
    Entry::house::<AuthStatus>(),
    Entry::change::<BulkCreateUsers>(),
    Entry::house::<CheckAuth>(),
    Entry::change::<CreateAccount>(),
    Entry::change::<CreateUser>(),
    Entry::change::<DeleteAccount>(),
    Entry::read::<GetBillingEdition>(),
    Entry::house::<GetContext>(),
    Entry::house::<GetOperation>(),
    Entry::read::<GetTelephonyCredits>(),
    Entry::read::<GetUser>(),
    Entry::house::<ListAccounts>(),
    Entry::read::<ListUsers>(),
    Entry::change::<ModifyUser>(),
    Entry::read::<PingAuth>(),
    Entry::read::<Preauth>(),
    Entry::change::<RestoreUsers>(),
    Entry::change::<SetBillingEdition>(),
    Entry::change::<SetTelephonyCredits>(),
    Entry::change::<TrashUsers>(),
];

/// What is listed beside the product's tools in a build for the conformance suite; in any other, nothing.
#[cfg(not(feature = "conformance"))]
static FIXTURES: &[Entry] = &[];

/// Every tool that this program has.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    TOOLS.iter().chain(FIXTURES)
}

/// The tool of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    let found = TOOLS.binary_search_by(|entry| entry.card.name.cmp(name)).ok().map(|place| &TOOLS[place]);
    found.or_else(|| FIXTURES.iter().find(|entry| entry.card.name == name))
}

/// Which tools a client asked for by its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    toolsets: Option<BTreeSet<Toolset>>,
    with_default: bool,
    read_only: bool,
}

impl Default for Choice {
    fn default() -> Self {
        Self { toolsets: None, with_default: true, read_only: false }
    }
}

/// A word in the URL that is no toolset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown toolset `{0}`; known are default, all, context, users, auth, accounts and operations")]
pub struct UnknownToolset(pub String);

impl Choice {
    /// The choice of `toolsets=…` and `readonly=…`.
    pub fn parse(toolsets: Option<&str>, read_only: bool) -> Result<Self, UnknownToolset> {
        let mut choice = Self { read_only, ..Self::default() };
        let Some(words) = toolsets else { return Ok(choice) };
        let mut chosen = BTreeSet::new();
        choice.with_default = false;
        for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word {
                "default" => choice.with_default = true,
                "all" => chosen.extend(Toolset::ALL),
                word => match Toolset::ALL.into_iter().find(|toolset| toolset.as_str() == word) {
                    Some(toolset) => drop(chosen.insert(toolset)),
                    None => return Err(UnknownToolset(word.to_owned())),
                },
            }
        }
        choice.toolsets = Some(chosen);
        Ok(choice)
    }

    /// Whether nothing is to be changed, whatever else was chosen.
    pub fn looks_only(&self) -> bool {
        self.read_only
    }

    /// Whether the tool was asked for. Looking only always wins.
    pub fn has(&self, entry: &Entry) -> bool {
        let chosen = self.toolsets.as_ref().is_some_and(|chosen| chosen.contains(&entry.card.toolset));
        let listed = chosen || (self.with_default && entry.card.by_default);
        listed && (!self.read_only || entry.card.level == Level::L0)
    }
}
