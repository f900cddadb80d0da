//! Reading the world's state, more than Duo itself would show.

use serde_json::{Value, json};

use crate::engine::Engine;
use crate::world::{Account, Login, Policy, User, World};

/// `users/NAME-OR-ID`, `accounts`, `logins`, `phones/ID`, `bypass_codes`, `policies`, `sent`, `counts` and more.
///
/// `?account=NAME-OR-ID` picks an account other than the parent.
pub(super) fn read(
    engine: &Engine,
    asked: &str,
    query: &impl Fn(&str) -> Option<String>,
) -> Result<Value, (u16, String)> {
    let world = engine.world();
    let none = || (404, "no such thing in this world".to_owned());
    let account = match query("account") {
        Some(wanted) => find_account(&world, &wanted).ok_or_else(none)?,
        None => world.account(&world.parent_id).ok_or_else(none)?,
    };
    match asked.split_once('/').unwrap_or((asked, "")) {
        ("users", wanted) => find_user(account, wanted).map(|user| show_user(account, user)).ok_or_else(none),
        ("phones", wanted) => account.phones.get(wanted).map(|phone| account.show_phone(phone)).ok_or_else(none),
        ("accounts", "") => Ok(json!({
            "parent": show_account(account_of(&world, &world.parent_id).ok_or_else(none)?),
            "children": world.children().map(show_account).collect::<Vec<_>>(),
        })),
        ("logins", "") => {
            let mut logins: Vec<&Login> = world.accounts.values().flat_map(|account| account.logins.values()).collect();
            logins.sort_by_key(|login| login.created_ms);
            Ok(json!({"logins": logins}))
        }
        ("bypass_codes", "") => Ok(json!({"bypass_codes": account.bypass_codes.values().collect::<Vec<_>>()})),
        ("policies", "") => Ok(json!({"policies": account.policies.iter().map(Policy::show).collect::<Vec<_>>()})),
        ("administrators", "") => Ok(json!({"administrators": account.admins})),
        ("integrations", "") => Ok(json!({"integrations": account.integrations})),
        ("groups", "") => Ok(json!({"groups": account.groups.values().collect::<Vec<_>>()})),
        ("sent", "") => Ok(json!({"sent": world.sent})),
        ("counts", "") => Ok(json!({
            "users": account.users.len(),
            "phones": account.phones.len(),
            "groups": account.groups.len(),
            "tokens": account.tokens.len(),
            "authentication": account.logs.authentication.len(),
            "activity": account.logs.activity.len(),
        })),
        _ => Err((404, "no such control endpoint".to_owned())),
    }
}

/// Logins that wait for somebody, of one user or of all, the latest first.
pub(crate) fn waiting<'a>(world: &'a World, user: Option<&str>) -> Vec<&'a Login> {
    let mut found: Vec<&Login> = world
        .accounts
        .values()
        .flat_map(|account| account.logins.values().map(move |login| (account, login)))
        .filter(|(_, login)| !login.is_final())
        .filter(|(account, login)| {
            user.is_none_or(|wanted| find_user(account, wanted).is_some_and(|user| user.user_id == login.user_id))
        })
        .map(|(_, login)| login)
        .collect();
    found.sort_by_key(|login| std::cmp::Reverse(login.created_ms));
    found
}

fn account_of<'a>(world: &'a World, account_id: &str) -> Option<&'a Account> {
    world.account(account_id)
}

fn find_account<'a>(world: &'a World, wanted: &str) -> Option<&'a Account> {
    world.account(wanted).or_else(|| world.accounts.values().find(|account| account.name.eq_ignore_ascii_case(wanted)))
}

fn find_user<'a>(account: &'a Account, wanted: &str) -> Option<&'a User> {
    account.users.get(wanted).or_else(|| account.user_named(&crate::verify::decode_component(wanted)))
}

/// Duo's answer, and beside it what Duo does not show.
fn show_user(account: &Account, user: &User) -> Value {
    let mut shown = account.show_user(user);
    shown["effective_status"] = account.effective_status(user).word().into();
    shown["trashed_ms"] = user.trashed_ms.into();
    shown["failures"] = user.failures.into();
    shown["account_id"] = account.account_id.as_str().into();
    shown["bypass_codes"] = account.bypass_codes.values().filter(|code| code.user_id == user.user_id).count().into();
    shown
}

fn show_account(account: &Account) -> Value {
    let mut shown = account.show();
    shown["edition"] = account.edition.as_str().into();
    shown["credits"] = account.credits.into();
    shown["users"] = account.users.len().into();
    shown
}
