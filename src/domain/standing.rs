//! Standing approvals: a person's yes in advance, for exactly what it names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::card::Level;
use super::clock::Timestamp;

/// A person's yes in advance. It lowers the level of the calls it names to "run and audit", and of no others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StandingApproval {
    /// Tools by name; never a wildcard.
    pub tools: Vec<String>,
    /// Connections, each with its child accounts, or single child accounts, by name or id. Left out: every account of
    /// the tenant, for L2 and below only.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// The highest level that it covers.
    pub up_to: Level,
    /// The most objects in one call.
    pub max_objects: u32,
    /// The most calls in an hour, counted over all replicas.
    pub per_hour: u32,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Who gave it.
    pub given_by: String,
}

/// A standing approval as somebody asks for it: who gives it is not theirs to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStanding {
    /// Tools by name; never a wildcard.
    pub tools: Vec<String>,
    /// Connections, each with its child accounts, or single child accounts, by name or id. Left out: every account of
    /// the tenant, for L2 and below only.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// The highest level that it covers.
    pub up_to: Level,
    /// The most objects in one call.
    pub max_objects: u32,
    /// The most calls in an hour, counted over all replicas.
    pub per_hour: u32,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl NewStanding {
    /// The approval, given by this person, once it says neither too little nor too much.
    pub fn given_by(&self, person: &str) -> Result<StandingApproval, BadStanding> {
        let Self { tools, accounts, up_to, max_objects, per_hour, expires_at } = self.clone();
        let given_by = person.to_owned();
        let approval = StandingApproval { tools, accounts, up_to, max_objects, per_hour, expires_at, given_by };
        approval.check().map(|()| approval)
    }

    /// Whether each of its tools is one.
    pub fn check_tools(&self, is_tool: impl Fn(&str) -> bool) -> Result<(), BadStanding> {
        match self.tools.iter().find(|name| !is_tool(name)) {
            Some(odd) => Err(BadStanding::UnknownTool(odd.clone())),
            None => Ok(()),
        }
    }
}

/// A standing approval that says too little or too much.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadStanding {
    /// No tool is named.
    #[error("a standing approval names the tools it is for")]
    NoTools,
    /// A wildcard was given.
    #[error("a standing approval names each tool; `{0}` is no tool's name")]
    Wildcard(String),
    /// A tool that there is not: a slip of the pen would approve nothing, or a later tool unseen.
    #[error("a standing approval names tools that there are; there is no tool `{0}`")]
    UnknownTool(String),
    /// An L3 approval without accounts.
    #[error("a standing approval for L3 names the accounts it is for")]
    NoAccounts,
    /// A bound of nothing.
    #[error("a standing approval allows at least one object and one call an hour")]
    Nothing,
}

/// A standing approval with who has it: its uses are counted for each holder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held<'a> {
    /// The id of a key or of a member.
    pub holder: &'a str,
    /// The approval.
    pub approval: &'a StandingApproval,
}

/// What a call is, as a standing approval looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The tool.
    pub tool: &'a str,
    /// Every name and id by which the account is known.
    pub account: &'a [&'a str],
    /// The call's level.
    pub level: Level,
    /// How many objects it touches.
    pub objects: usize,
    /// The time now.
    pub now: Timestamp,
}

impl StandingApproval {
    /// Checks that it says neither too little nor too much.
    fn check(&self) -> Result<(), BadStanding> {
        let plain = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b"_0123456789".contains(&b))
        };
        if self.tools.is_empty() {
            return Err(BadStanding::NoTools);
        }
        if let Some(odd) = self.tools.iter().chain(&self.accounts).find(|name| name.contains('*')) {
            return Err(BadStanding::Wildcard(odd.clone()));
        }
        if let Some(odd) = self.tools.iter().find(|name| !plain(name)) {
            return Err(BadStanding::Wildcard(odd.clone()));
        }
        if self.up_to == Level::L3 && self.accounts.is_empty() {
            return Err(BadStanding::NoAccounts);
        }
        if self.max_objects == 0 || self.per_hour == 0 {
            return Err(BadStanding::Nothing);
        }
        Ok(())
    }

    /// Whether this call is one of those it names. How often is counted elsewhere.
    pub fn covers(&self, asked: &Asked<'_>) -> bool {
        let account_named =
            self.accounts.iter().any(|name| asked.account.iter().any(|known| known.eq_ignore_ascii_case(name)));
        self.tools.iter().any(|tool| tool == asked.tool)
            && (account_named || (self.accounts.is_empty() && asked.level < Level::L3))
            && asked.level <= self.up_to
            && asked.objects <= self.max_objects as usize
            && asked.now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn approval() -> StandingApproval {
        StandingApproval {
            tools: vec!["trash_users".into()],
            accounts: vec!["main".into()],
            up_to: Level::L2,
            max_objects: 10,
            per_hour: 5,
            expires_at: Timestamp(1000),
            given_by: "owner".into(),
        }
    }

    #[test]
    fn it_covers_what_it_names_and_nothing_else() {
        let asked =
            Asked { tool: "trash_users", account: &["main"], level: Level::L2, objects: 10, now: Timestamp(999) };
        let it = approval();
        assert!(it.covers(&asked));
        assert!(!it.covers(&Asked { tool: "restore_users", ..asked }));
        assert!(!it.covers(&Asked { account: &["other"], ..asked }));
        assert!(!it.covers(&Asked { level: Level::L3, ..asked }));
        assert!(!it.covers(&Asked { objects: 11, ..asked }));
        assert!(!it.covers(&Asked { now: Timestamp(1000), ..asked }));
    }

    #[test]
    fn no_wildcard_and_no_l3_without_accounts() {
        assert_eq!(approval().check(), Ok(()));
        assert_eq!(StandingApproval { tools: vec![], ..approval() }.check(), Err(BadStanding::NoTools));
        assert!(matches!(
            StandingApproval { tools: vec!["*".into()], ..approval() }.check(),
            Err(BadStanding::Wildcard(_))
        ));
        let l3 = StandingApproval { up_to: Level::L3, accounts: vec![], ..approval() };
        assert_eq!(l3.check(), Err(BadStanding::NoAccounts));
        let asked = Asked { tool: "trash_users", account: &["main"], level: Level::L3, objects: 1, now: Timestamp(1) };
        assert!(!l3.covers(&asked));
    }
}
