//! Policies: the global one, and those made, copied and changed beside it.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::page::page;
use crate::reply::{Answer, Outcome, Refusal};
use crate::world::Policy;

const MOST: usize = 500;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let policies = &call.account()?.policies;
    page(&call.params, MOST, policies.len(), policies.iter(), Policy::show)
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let wanted = call.place(0);
    let found = call.account()?.policies.iter().find(|policy| policy.is(&wanted));
    found.map(|policy| Answer::Json(policy.show())).ok_or_else(Refusal::not_found)
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let name = call.params.required("policy_name")?;
    let sections = object(call.params.json("sections"), "sections")?;
    let made = make(call, &name, sections)?;
    Ok(Answer::Json(made))
}

/// One copy of a policy for each of the new names.
pub(super) fn copy(call: &mut Call<'_>) -> Outcome {
    let key = call.params.required("policy_key")?;
    let names: Vec<String> = texts(call.params.json("new_policy_names_list"), "new_policy_names_list")?;
    let copied = call.account()?.policies.iter().find(|policy| policy.is(&key)).map(|policy| policy.sections.clone());
    let sections = copied.ok_or_else(|| Refusal::invalid("policy_key"))?;
    for name in &names {
        name_is_free(call, name)?;
    }
    let made = names.iter().map(|name| make(call, name, sections.clone())).collect::<Result<Vec<_>, _>>()?;
    Ok(Answer::Json(json!({"policies": made})))
}

pub(super) fn modify(call: &mut Call<'_>) -> Outcome {
    let key = call.place(0);
    let sections = object(call.params.json("sections"), "sections")?;
    let dropped = texts(call.params.json("sections_to_delete"), "sections_to_delete")?;
    let name = call.params.filled("policy_name");
    let policy = call.account_mut()?.policies.iter_mut().find(|policy| policy.is(&key));
    let policy = policy.ok_or_else(Refusal::not_found)?;
    if let Some(name) = name {
        policy.policy_name = name;
    }
    policy.change(&sections, &dropped);
    let (shown, key, name) = (policy.show(), policy.policy_key.clone(), policy.policy_name.clone());
    call.log("policy_update", "policy", &key, &name, call.params.to_json());
    Ok(Answer::Json(shown))
}

/// The same change to several policies, or to all.
pub(super) fn modify_many(call: &mut Call<'_>) -> Outcome {
    let params = call.params.clone();
    let chosen = params.json("policies_to_update").ok_or_else(|| Refusal::missing("policies_to_update"))?;
    let changes = params.json("policy_changes").ok_or_else(|| Refusal::missing("policy_changes"))?;
    let all = chosen["edit_all_policies"].as_bool().unwrap_or(false);
    let keys = texts(chosen.get("edit_list"), "edit_list")?;
    let sections = object(changes.get("sections"), "sections")?;
    let dropped = texts(changes.get("sections_to_delete"), "sections_to_delete")?;
    let mut shown = Vec::new();
    for policy in &mut call.account_mut()?.policies {
        if all || keys.iter().any(|key| policy.is(key)) {
            policy.change(&sections, &dropped);
            shown.push(policy.show());
        }
    }
    call.log("policy_update", "policy", "", "", params.to_json());
    Ok(Answer::Json(json!({"policies": shown})))
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let key = call.place(0);
    let policies = &mut call.account_mut()?.policies;
    let at = policies.iter().position(|policy| policy.is(&key)).ok_or_else(Refusal::not_found)?;
    if policies[at].is_global {
        return Err(Refusal::invalid("policy_key"));
    }
    let gone = policies.remove(at);
    call.log("policy_delete", "policy", &gone.policy_key, &gone.policy_name, json!({}));
    Ok(Answer::empty())
}

fn make(call: &mut Call<'_>, name: &str, sections: Map<String, Value>) -> Result<Value, Refusal> {
    name_is_free(call, name)?;
    let policy_key = call.world.random.id("PO");
    let made = Policy { policy_key: policy_key.clone(), policy_name: name.to_owned(), is_global: false, sections };
    let shown = made.show();
    call.account_mut()?.policies.push(made);
    call.log("policy_create", "policy", &policy_key, name, json!({}));
    Ok(shown)
}

fn name_is_free(call: &Call<'_>, name: &str) -> Result<(), Refusal> {
    let taken = call.account()?.policies.iter().any(|policy| policy.policy_name == name);
    if taken { Err(Refusal::duplicate("policy_name")) } else { Ok(()) }
}

/// An object, or nothing where it is left out or blank, as Duo's client writes "no sections".
fn object(given: Option<&Value>, name: &str) -> Result<Map<String, Value>, Refusal> {
    match given {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::String(text)) if text.is_empty() => Ok(Map::new()),
        Some(Value::Object(fields)) => Ok(fields.clone()),
        Some(_) => Err(Refusal::invalid(name)),
    }
}

fn texts(given: Option<&Value>, name: &str) -> Result<Vec<String>, Refusal> {
    let Some(Value::Array(items)) = given else {
        return if given.is_none() { Ok(Vec::new()) } else { Err(Refusal::invalid(name)) };
    };
    let texts = items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
    texts.ok_or_else(|| Refusal::invalid(name))
}
