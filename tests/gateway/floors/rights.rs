//! Acts that are written down look again, where the tenant is held, who acts.
//!
//! Seen are functions that are handed what is written down. What makes its own event, or writes none, is not.

use super::source::{Source, closing};

/// How an act begins that needs a right, see `src/store/access/rights.rs`.
const BEGINNINGS: [&str; 5] = ["managed(", "managed_if_there(", "still_manages_or_is(", "still_approves(", "self.set("];

/// Acts that need none, and why.
const FREE: [(&str, &str); 26] = [
    ("access/invites.rs join", "the invite is the right"),
    ("access/operators.rs bootstrap", "operators are no tenant's"),
    ("access/operators.rs create", "operators are no tenant's"),
    ("access/operators.rs revoke", "operators are no tenant's"),
    ("access/passkeys.rs add", "the session is the right"),
    ("access/passkeys.rs open_session", "the passkey is the right"),
    ("access/sign_in.rs open_session", "what was shown is the right"),
    ("access/sign_in.rs renew_owner_key", "the session is the right"),
    ("access/sign_in.rs replace", "inside acts that looked"),
    ("audit/log.rs append", "writes down"),
    ("audit/log.rs list", "reads"),
    ("audit/log.rs record", "writes down"),
    ("oauth/authorizations.rs deny", "the browser's own request"),
    ("oauth/clients.rs delete", "operators alone, of all tenants"),
    ("oauth/grants.rs end", "inside acts that looked"),
    ("oauth/tokens.rs redeem", "the code is the right"),
    ("oauth/tokens.rs refresh", "the refresh token is the right"),
    ("operations/begin.rs begin", "a call's own"),
    ("operations/lease.rs finish", "the worker's"),
    ("operations/life.rs take_form", "a call's own"),
    ("operations/life.rs refuse_form", "a call's own"),
    ("operations/life.rs cancel", "a call's own"),
    ("operations/life.rs end", "inside acts of calls"),
    ("operations/life.rs expire", "the house's"),
    ("pushes.rs reserve", "a call's own"),
    ("tenants.rs register", "there is no member yet"),
];

/// The acts of a file of the store that are written down and look at nobody's right.
pub(super) fn check(source: &Source) -> Vec<String> {
    let Some(path) = source.path.strip_prefix("src/store/") else { return Vec::new() };
    acts(&source.code)
        .filter(|(_, act)| !BEGINNINGS.iter().any(|beginning| act.contains(beginning)))
        .map(|(name, _)| format!("{path} {name}"))
        .filter(|act| !FREE.iter().any(|(free, _)| free == act))
        .map(|act| format!("src/store/{act}: who acts is not looked at where the tenant is held"))
        .collect()
}

/// The functions that take what is written down: each with its name and all that stands in it.
fn acts(code: &str) -> impl Iterator<Item = (&str, &str)> {
    code.split("async fn ").skip(1).filter_map(|rest| {
        let (signature, _) = rest.split_once(" {\n")?;
        let name = rest.split(['(', '<']).next()?;
        let end = closing(rest, signature.len() + 1)?;
        signature.contains("AuditEvent").then_some((name, &rest[..end]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_that_looks_at_nobodys_right_is_found() {
        let text = "//! X.\n\nimpl Things {\n    pub async fn put(&self, event: &AuditEvent) -> Result<(), StoreError> {\n        \
            let mut tx = self.db.tenant(id).begin().await?;\n    }\n\n    async fn remove(\n        &self,\n        \
            event: &AuditEvent,\n    ) -> Result<(), StoreError> {\n        let mut tx = managed(&self.db).await?;\n    }\n\n    \
            async fn find(&self) {\n    }\n\n    async fn late(&self, event: &AuditEvent) {\n    }\n\n    fn other() {\n        \
            managed();\n    }\n}\n";
        let found = check(&Source::new("src/store/things.rs", text));
        let said = |act: &str| format!("src/store/things.rs {act}: who acts is not looked at where the tenant is held");
        assert_eq!(found, [said("put"), said("late")], "what stands after an act is not its own");
        assert!(check(&Source::new("src/other/things.rs", text)).is_empty());
    }

    #[test]
    fn what_needs_no_right_is_there() {
        let sources = Source::below(&["src/store"]);
        for (act, _) in FREE {
            let (file, name) = act.split_once(' ').unwrap();
            let source = sources.iter().find(|source| source.path == format!("src/store/{file}"));
            let source = source.unwrap_or_else(|| panic!("{file} is gone"));
            assert!(acts(&source.code).any(|(own, _)| own == name), "{act} is gone");
        }
    }
}
