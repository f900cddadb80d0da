//! The decision: a call runs, is confirmed, waits for a person, or is refused.
//!
//! One pure function decides, for listing and for calling, so a tool that is not shown cannot be called either. The
//! base is the call's level; what loosens it is a standing approval, for exactly what it names.

use duo_api::Api;

use super::card::{Card, Level};
use super::scope::{Scope, Scopes};
use super::standing::{Asked, Held};

/// Which of Duo's APIs the tenant's credentials open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opens {
    /// The Auth API.
    pub auth: bool,
    /// The Admin API.
    pub admin: bool,
    /// The Accounts API.
    pub accounts: bool,
}

impl Opens {
    /// Whether this API is opened.
    pub fn has(self, api: Api) -> bool {
        match api {
            Api::Auth => self.auth,
            Api::Admin => self.admin,
            Api::Accounts => self.accounts,
        }
    }

    /// The same, with this API opened too.
    #[must_use]
    pub fn with(self, api: Api) -> Self {
        match api {
            Api::Auth => Self { auth: true, ..self },
            Api::Admin => Self { admin: true, ..self },
            Api::Accounts => Self { accounts: true, ..self },
        }
    }
}

/// Which APIs a tool can work with: any one of them suffices, or none is needed.
pub type Needs = &'static [Api];

/// Why a tool does not exist for a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The caller lacks a scope.
    Scope(Scope),
    /// No stored credential can serve it.
    Credential(Needs),
}

/// Whether a caller with these scopes may use the tool at all; decides the list and guards the call.
pub fn permitted(card: &Card, needs: Needs, scopes: Scopes, opens: Opens) -> Result<(), Denied> {
    for scope in [Some(card.scope), card.also].into_iter().flatten() {
        if !scopes.has(scope) {
            return Err(Denied::Scope(scope));
        }
    }
    if needs.is_empty() || needs.iter().any(|api| opens.has(*api)) { Ok(()) } else { Err(Denied::Credential(needs)) }
}

/// What follows for a call that the caller may make.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision<'a> {
    /// It runs.
    Allow,
    /// It runs under this standing approval, if its hourly count is not used up; else `otherwise` follows.
    Standing {
        /// The approval, and who has it.
        held: Held<'a>,
        /// What follows when the count is used up.
        otherwise: Hold,
    },
    /// It is held until somebody says yes.
    Hold(Hold),
}

/// How a call is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The client shows a form.
    Form,
    /// It waits for an approval over another channel.
    Approval,
}

/// Decides a call by its level, the client's means and what was approved in advance.
pub fn decide<'a>(standing: &[Held<'a>], asked: &Asked<'_>, client_can_ask: bool) -> Decision<'a> {
    let hold = match asked.level {
        Level::L0 | Level::L1 => return Decision::Allow,
        Level::L2 if client_can_ask => Hold::Form,
        Level::L2 | Level::L3 => Hold::Approval,
    };
    match standing.iter().find(|held| held.approval.covers(asked)) {
        Some(held) => Decision::Standing { held: *held, otherwise: hold },
        None => Decision::Hold(hold),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::clock::Timestamp;

    fn any_level() -> impl Strategy<Value = Level> {
        prop_oneof![Just(Level::L0), Just(Level::L1), Just(Level::L2), Just(Level::L3)]
    }

    proptest! {
        #[test]
        fn l3_is_never_run_or_asked_by_a_form_without_a_standing_approval(level in any_level(), can_ask: bool, n in 0usize..500) {
            let asked = Asked { tool: "delete_account", account: &["main"], level, objects: n, now: Timestamp(1) };
            let decision = decide(&[], &asked, can_ask);
            let expected = match (level, can_ask) {
                (Level::L0 | Level::L1, _) => Decision::Allow,
                (Level::L2, true) => Decision::Hold(Hold::Form),
                _ => Decision::Hold(Hold::Approval),
            };
            prop_assert_eq!(decision, expected);
        }

        #[test]
        fn a_missing_scope_denies(bits in 0u8..64) {
            let scopes: Scopes = Scope::ALL.into_iter().filter(|s| bits & (1 << *s as u8) != 0).collect();
            let card = Card::read("x", "X", super::super::card::Toolset::Users).with_scope(Scope::Accounts).and_scope(Scope::Destroy);
            let opens = Opens::default().with(Api::Accounts);
            let allowed = permitted(&card, &[Api::Accounts], scopes, opens).is_ok();
            prop_assert_eq!(allowed, scopes.has(Scope::Accounts) && scopes.has(Scope::Destroy));
        }
    }
}
