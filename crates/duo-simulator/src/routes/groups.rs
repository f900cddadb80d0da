//! Groups: list, get in both versions, members, create, modify, delete.

use serde_json::{Value, json};

use super::call::Call;
use super::page::page;
use crate::reply::{Answer, Outcome, Refusal};
use crate::rule::{Rule, broken};
use crate::world::{Group, Status, User};

const MOST: usize = 500;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let account = call.account()?;
    let Some(ids) = call.params.id_list("group_id_list")? else {
        return page(&call.params, MOST, account.groups.len(), account.groups.values(), Group::show);
    };
    let found: Vec<Value> = ids.iter().filter_map(|id| account.groups.get(id)).map(Group::show).collect();
    let total = found.len();
    Ok(Answer::Page(Value::Array(found), json!({"total_objects": total})))
}

/// Version 1, which shows the members too.
pub(super) fn get_with_members(call: &mut Call<'_>) -> Outcome {
    let mut shown = group(call)?.show();
    shown["users"] = members(call)?.into_iter().map(brief).collect();
    Ok(Answer::Json(shown))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::Json(group(call)?.show()))
}

pub(super) fn users(call: &mut Call<'_>) -> Outcome {
    group(call)?;
    let found = members(call)?;
    page(&call.params, MOST, found.len(), found.into_iter(), brief)
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let name = call.params.required("name")?;
    name_is_free(call, &name, "")?;
    let mut group =
        Group { group_id: call.world.random.id("DG"), name: name.clone(), desc: String::new(), status: Status::Active };
    apply(&mut group, call)?;
    let shown = group.show();
    let id = group.group_id.clone();
    call.account_mut()?.groups.insert(id.clone(), group);
    call.log("group_create", "group", &id, &name, call.params.to_json());
    Ok(Answer::Json(shown))
}

pub(super) fn modify(call: &mut Call<'_>) -> Outcome {
    let mut changed = group(call)?.clone();
    if let Some(name) = call.params.filled("name") {
        name_is_free(call, &name, &changed.group_id)?;
        changed.name = name;
    }
    apply(&mut changed, call)?;
    let shown = changed.show();
    let (id, name) = (changed.group_id.clone(), changed.name.clone());
    call.account_mut()?.groups.insert(id.clone(), changed);
    call.log("group_update", "group", &id, &name, call.params.to_json());
    Ok(Answer::Json(shown))
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.place(0);
    let account = call.account_mut()?;
    if let Some(group) = account.groups.remove(&id) {
        for user in account.users.values_mut() {
            user.groups.retain(|of| *of != id);
        }
        call.log("group_delete", "group", &id, &group.name, json!({}));
    }
    Ok(Answer::empty())
}

fn group<'a>(call: &'a Call<'_>) -> Result<&'a Group, Refusal> {
    call.account()?.groups.get(&call.place(0)).ok_or_else(Refusal::not_found)
}

fn members<'a>(call: &'a Call<'_>) -> Result<Vec<&'a User>, Refusal> {
    let id = call.place(0);
    Ok(call.account()?.users.values().filter(|user| user.groups.contains(&id)).collect())
}

fn brief(user: &User) -> Value {
    json!({"user_id": user.user_id, "username": user.username})
}

fn name_is_free(call: &Call<'_>, name: &str, group_id: &str) -> Result<(), Refusal> {
    let taken = |group: &Group| group.group_id != group_id && group.name.eq_ignore_ascii_case(name.trim());
    if call.account()?.groups.values().any(taken) && !broken(Rule::GroupNameUnique) {
        Err(Refusal::duplicate("name"))
    } else {
        Ok(())
    }
}

fn apply(group: &mut Group, call: &Call<'_>) -> Result<(), Refusal> {
    if let Some(desc) = call.params.text("desc") {
        group.desc = desc;
    }
    if let Some(word) = call.params.filled("status") {
        group.status = Status::settable(&word).ok_or_else(|| Refusal::invalid("status"))?;
    }
    Ok(())
}
