//! What hangs on a user: groups, phones, tokens, security keys, desktops.

use serde_json::{Value, json};

use super::call::Call;
use super::page::page;
use crate::reply::{Answer, Outcome, Refusal};
use crate::rule::{Rule, broken};
use crate::world::OBJECT_LIMIT;

const MOST: usize = 500;

pub(super) fn groups(call: &mut Call<'_>) -> Outcome {
    let (account, user) = (call.account()?, call.user()?);
    let found: Vec<_> = user.groups.iter().filter_map(|id| account.groups.get(id)).collect();
    page(&call.params, MOST, found.len(), found.iter(), |group| group.show())
}

pub(super) fn phones(call: &mut Call<'_>) -> Outcome {
    let (account, user) = (call.account()?, call.user()?);
    let found: Vec<_> = user.phones.iter().filter_map(|id| account.phones.get(id)).collect();
    page(&call.params, MOST, found.len(), found.iter(), |phone| phone.show())
}

pub(super) fn tokens(call: &mut Call<'_>) -> Outcome {
    let (account, user) = (call.account()?, call.user()?);
    let found: Vec<_> = user.tokens.iter().filter_map(|id| account.tokens.get(id)).collect();
    page(&call.params, MOST, found.len(), found.iter(), |token| token.show())
}

pub(super) fn webauthn(call: &mut Call<'_>) -> Outcome {
    let (account, user) = (call.account()?, call.user()?);
    let found: Vec<_> = user.webauthn.iter().filter_map(|id| account.webauthn.get(id)).collect();
    page(&call.params, MOST, found.len(), found.iter(), |key| key.show())
}

pub(super) fn desktops(call: &mut Call<'_>) -> Outcome {
    let (account, user) = (call.account()?, call.user()?);
    let found: Vec<_> = user.desktop.iter().filter_map(|id| account.desktop.get(id)).collect();
    page(&call.params, MOST, found.len(), found.iter(), |desktop| desktop.show())
}

/// Duo's kind of keys before `WebAuthn`; nobody has one any more.
pub(super) fn u2f(call: &mut Call<'_>) -> Outcome {
    call.user()?;
    page(&call.params, MOST, 0, std::iter::empty::<Value>(), |token| token)
}

pub(super) fn add_group(call: &mut Call<'_>) -> Outcome {
    let (user_id, username, has) = owner(call, |user| user.groups.clone())?;
    let group_id = call.params.required("group_id")?;
    if !call.account()?.groups.contains_key(&group_id) {
        return Err(Refusal::invalid("group_id"));
    }
    if !has.contains(&group_id) {
        below_limit(has.len())?;
        if let Some(user) = call.account_mut()?.users.get_mut(&user_id) {
            user.groups.push(group_id.clone());
        }
    }
    call.log("user_group_add", "user", &user_id, &username, json!({"group_id": group_id}));
    Ok(Answer::empty())
}

pub(super) fn remove_group(call: &mut Call<'_>) -> Outcome {
    let (user_id, username, _) = owner(call, |_| vec![])?;
    let group_id = call.place(1);
    if let Some(user) = call.account_mut()?.users.get_mut(&user_id) {
        user.groups.retain(|id| *id != group_id);
    }
    call.log("user_group_remove", "user", &user_id, &username, json!({"group_id": group_id}));
    Ok(Answer::empty())
}

pub(super) fn add_phone(call: &mut Call<'_>) -> Outcome {
    let (user_id, username, has) = owner(call, |user| user.phones.clone())?;
    let phone_id = call.params.required("phone_id")?;
    let users = call.account()?.phones.get(&phone_id).map(|phone| phone.users.len());
    let users = users.ok_or_else(|| Refusal::invalid("phone_id"))?;
    if !has.contains(&phone_id) {
        below_limit(has.len().max(users))?;
    }
    call.account_mut()?.link_phone(&user_id, &phone_id);
    call.log("user_phone_add", "user", &user_id, &username, json!({"phone_id": phone_id}));
    Ok(Answer::empty())
}

pub(super) fn remove_phone(call: &mut Call<'_>) -> Outcome {
    let (user_id, username, _) = owner(call, |_| vec![])?;
    let phone_id = call.place(1);
    call.account_mut()?.unlink_phone(&user_id, &phone_id);
    call.log("user_phone_remove", "user", &user_id, &username, json!({"phone_id": phone_id}));
    Ok(Answer::empty())
}

pub(super) fn add_token(call: &mut Call<'_>) -> Outcome {
    let (user_id, username, has) = owner(call, |user| user.tokens.clone())?;
    let token_id = call.params.required("token_id")?;
    let users = call.account()?.tokens.get(&token_id).map(|token| token.users.len());
    let users = users.ok_or_else(|| Refusal::invalid("token_id"))?;
    if !has.contains(&token_id) {
        below_limit(has.len().max(users))?;
    }
    call.account_mut()?.link_token(&user_id, &token_id);
    call.log("user_token_add", "user", &user_id, &username, json!({"token_id": token_id}));
    Ok(Answer::empty())
}

pub(super) fn remove_token(call: &mut Call<'_>) -> Outcome {
    let (user_id, username, _) = owner(call, |_| vec![])?;
    let token_id = call.place(1);
    call.account_mut()?.unlink_token(&user_id, &token_id);
    call.log("user_token_remove", "user", &user_id, &username, json!({"token_id": token_id}));
    Ok(Answer::empty())
}

/// The user of the path, and what they already have of the kind in question.
fn owner(
    call: &Call<'_>,
    has: impl Fn(&crate::world::User) -> Vec<String>,
) -> Result<(String, String, Vec<String>), Refusal> {
    let user = call.user()?;
    Ok((user.user_id.clone(), user.username.clone(), has(user)))
}

/// Duo answers an internal error when somebody would have more than a hundred of a kind.
fn below_limit(count: usize) -> Result<(), Refusal> {
    if count >= OBJECT_LIMIT && !broken(Rule::HundredLinks) { Err(Refusal::internal()) } else { Ok(()) }
}
