//! Users one by one and in pages: list, get, create, modify, delete.

use serde_json::{Value, json};

use super::call::Call;
use super::page::page;
use super::params::Params;
use crate::reply::{Answer, Outcome, Refusal};
use crate::rule::{Rule, broken};
use crate::world::{ALIASES, Account, Status, User};

/// Users in a page are no more than this, which is fewer than of anything else.
const MOST: usize = 300;
/// The page of the route that only third parties know.
const MOST_COMPATIBLE: usize = 500;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let params = &call.params;
    let account = call.account()?;
    let (names, ids) = (params.id_list("username_list")?, params.id_list("user_id_list")?);
    let (username, email) = (params.filled("username"), params.filled("email"));
    let filters = [names.is_some(), ids.is_some(), username.is_some(), email.is_some()];
    if filters.iter().filter(|given| **given).count() > 1 {
        return Err(Refusal::invalid("username, email, username_list and user_id_list exclude each other"));
    }
    let found: Vec<&User> = if let Some(name) = username {
        account.user_named(&name).into_iter().collect()
    } else if let Some(email) = email {
        account.users.values().filter(|user| user.email.eq_ignore_ascii_case(email.trim())).collect()
    } else if let Some(names) = names {
        names.iter().filter_map(|name| account.user_named(name)).collect()
    } else if let Some(ids) = ids {
        ids.iter().filter_map(|id| account.users.get(id)).collect()
    } else {
        return page(params, MOST, account.users.len(), account.users.values(), |user| account.show_user(user));
    };
    let shown: Vec<Value> = found.into_iter().map(|user| account.show_user(user)).collect();
    let total = shown.len();
    Ok(Answer::Page(Value::Array(shown), json!({"total_objects": total})))
}

/// `/admin/v2/users`: in no client of Duo's, but in a guide that people follow.
pub(super) fn list_compatible(call: &mut Call<'_>) -> Outcome {
    let account = call.account()?;
    let name = call.params.filled("username");
    let mut found: Vec<&User> = match name {
        Some(name) => account.user_named(&name).into_iter().collect(),
        None => account.users.values().collect(),
    };
    match call.params.filled("sort").as_deref() {
        None => {}
        Some("username" | "username:asc") => found.sort_by(|a, b| a.username.cmp(&b.username)),
        Some("username:desc") => found.sort_by(|a, b| b.username.cmp(&a.username)),
        Some(_) => return Err(Refusal::invalid("sort")),
    }
    page(&call.params, MOST_COMPATIBLE, found.len(), found.iter(), |user| account.show_user(user))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    Ok(Answer::Json(call.account()?.show_user(user)))
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let username = call.params.required("username")?;
    let mut user = User::new(call.world.random.id("DU"), username.trim(), call.now_ms);
    apply(&mut user, &call.params)?;
    for (name, value) in call.params.with_prefix("custom_attributes.") {
        user.custom_attributes.insert(name, value.into());
    }
    let user_id = user.user_id.clone();
    check_names(call.account()?, &user)?;
    call.account_mut()?.insert_user(user);
    call.log("user_create", "user", &user_id, &username, call.params.to_json());
    shown(call, &user_id)
}

pub(super) fn modify(call: &mut Call<'_>) -> Outcome {
    let before = call.user()?.clone();
    let mut user = before.clone();
    if let Some(username) = call.params.text("username") {
        if username.trim().is_empty() {
            return Err(Refusal::invalid("username"));
        }
        username.trim().clone_into(&mut user.username);
    }
    apply(&mut user, &call.params)?;
    if before.trashed_ms.is_some() && !broken(Rule::TrashFixesStatus) {
        // Duo says yes and leaves the deletion as it was.
        user.status = before.status;
    } else if before.directory_key.is_some() && user.status == Status::Disabled && before.status != Status::Disabled {
        return Err(Refusal::invalid("status"));
    }
    check_names(call.account()?, &user)?;
    let (user_id, username) = (user.user_id.clone(), user.username.clone());
    let account = call.account_mut()?;
    account.names.remove(&before);
    account.insert_user(user);
    call.log("user_update", "user", &user_id, &username, call.params.to_json());
    shown(call, &user_id)
}

/// For good and at once, past the trash; an unknown id is as good as deleted.
pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let user_id = call.place(0);
    if broken(Rule::DeletedPastTrash) {
        let now_ms = call.now_ms;
        return call.account_mut()?.trash(&user_id, now_ms).map(|()| Answer::empty()).map_err(|_| Refusal::not_found());
    }
    if let Some(user) = call.account_mut()?.remove_user(&user_id) {
        call.log("user_delete", "user", &user_id, &user.username, json!({}));
    }
    Ok(Answer::empty())
}

fn shown(call: &Call<'_>, user_id: &str) -> Outcome {
    let account = call.account()?;
    let user = account.users.get(user_id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::Json(account.show_user(user)))
}

/// Refuses names that another user has, or that this one has twice.
pub(super) fn check_names(account: &Account, user: &User) -> Result<(), Refusal> {
    let mut seen = std::collections::HashSet::new();
    for (index, name) in user.names().enumerate() {
        if broken(if index == 0 { Rule::UsernameUnique } else { Rule::AliasUnique }) {
            continue;
        }
        if account.names.taken(name, &user.user_id) || !seen.insert(name.to_lowercase()) {
            return Err(Refusal::duplicate(name));
        }
    }
    Ok(())
}

/// Sets every field that was given; a blank clears it.
pub(super) fn apply(user: &mut User, params: &Params) -> Result<(), Refusal> {
    let set = |field: &mut String, name: &str| {
        if let Some(text) = params.text(name) {
            text.trim().clone_into(field);
        }
    };
    set(&mut user.realname, "realname");
    set(&mut user.firstname, "firstname");
    set(&mut user.lastname, "lastname");
    set(&mut user.email, "email");
    set(&mut user.notes, "notes");
    if let Some(word) = params.filled("status") {
        user.status = Status::settable(&word).ok_or_else(|| Refusal::invalid("status"))?;
        user.failures = 0;
        user.lockout_reason = None;
    }
    if let Some(flag) = params.flag("enable_auto_prompt")? {
        user.enable_auto_prompt = flag;
    }
    set_aliases(user, params)
}

fn set_aliases(user: &mut User, params: &Params) -> Result<(), Refusal> {
    let single = (1..=4).any(|place| params.text(&format!("alias{place}")).is_some());
    let Some(joined) = params.text("aliases") else {
        for place in 1..=4 {
            if let Some(alias) = params.text(&format!("alias{place}")) {
                alias.trim().clone_into(&mut user.aliases[place - 1]);
            }
        }
        return Ok(());
    };
    if single {
        return Err(Refusal::invalid("aliases"));
    }
    for (name, value) in crate::verify::decode_pairs(&joined) {
        let name = String::from_utf8_lossy(&name).into_owned();
        let place = name.strip_prefix("alias").and_then(|n| n.parse::<usize>().ok());
        let place = place.filter(|place| (1..=ALIASES).contains(place)).ok_or_else(|| Refusal::invalid("aliases"))?;
        String::from_utf8_lossy(&value).trim().clone_into(&mut user.aliases[place - 1]);
    }
    Ok(())
}
