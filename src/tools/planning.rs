//! What the planning of changes has in common: subjects, refusals, sentences.

use duo_api::EndpointId;
use duo_api::model::User;
use serde_json::{Map, Value, json};

use super::duo::Duo;
use super::error::ToolError;
use crate::domain::card::Level;
use crate::domain::plan::{Plan, ReadBack, Refusal, Step, Subject};

/// A plan about this account with nothing in it yet.
pub(crate) fn plan(duo: &Duo, level: Level, title: String) -> Plan {
    Plan {
        account: duo.account().clone(),
        level,
        title,
        effects: Vec::new(),
        steps: Vec::new(),
        refused: Vec::new(),
        phrase: String::new(),
        reaches: None,
    }
}

/// One request and what it is for.
pub(crate) fn step(endpoint: EndpointId, params: Value, subjects: Vec<Subject>, read_back: ReadBack) -> Step {
    let params = match params {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    Step { endpoint: endpoint.as_str().to_owned(), params, subjects, read_back }
}

/// A user as a plan remembers it.
pub(crate) fn subject(user: &User) -> Subject {
    Subject { id: user.user_id.clone(), name: user.username.clone(), before: Some(user.status.as_str().to_owned()) }
}

/// Something that is about to be made.
pub(crate) fn new_subject(name: &str) -> Subject {
    Subject { id: String::new(), name: name.to_owned(), before: None }
}

/// Refused because a directory manages the user.
pub(crate) fn synced(user: &User, act: &str) -> Refusal {
    Refusal {
        name: user.username.clone(),
        code: "user_is_directory_synced".into(),
        message: format!(
            "{} is managed by a directory sync and cannot be {act} by hand; do it in the directory.",
            user.username
        ),
    }
}

/// Refused because nobody has the name.
fn unknown(name: &str) -> Refusal {
    Refusal {
        name: name.to_owned(),
        code: "user_not_found".into(),
        message: format!("No Duo user has the id, username, alias or e-mail address `{name}`."),
    }
}

/// Refused because nothing is to be done.
pub(crate) fn already(name: &str, message: String) -> Refusal {
    Refusal { name: name.to_owned(), code: "already".into(), message }
}

/// What a person types to show that a form was read: the one name, or the count.
pub(crate) fn phrase(names: &[&str]) -> String {
    match names {
        [one] => (*one).to_owned(),
        several => several.len().to_string(),
    }
}

/// The users to whom it is done, each once though two spellings name it; who is not found, and whom `refuse` has a
/// reason against, is noted in the plan.
pub(crate) fn sort_out<'a>(
    plan: &mut Plan,
    named: &[String],
    found: &'a [Option<User>],
    refuse: impl Fn(&User) -> Option<Refusal>,
) -> Vec<&'a User> {
    let mut willing: Vec<&User> = Vec::new();
    for (name, user) in named.iter().zip(found) {
        match user {
            None => plan.refused.push(unknown(name)),
            Some(user) => match refuse(user) {
                Some(refusal) => plan.refused.push(refusal),
                None if willing.iter().any(|other| other.user_id == user.user_id) => {}
                None => willing.push(user),
            },
        }
    }
    willing
}

/// Up to five names and how many more there are.
pub(crate) fn name_some(names: &[&str]) -> String {
    let shown = names.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    match names.len() {
        0..=5 => shown,
        more => format!("{shown} and {} more", more - 5),
    }
}

/// A plan about users of whom all were refused for a reason is an error when it was one user, so that the caller
/// reads the rule and not an empty result.
pub(crate) fn refuse_single(plan: Plan, fix: &str) -> Result<Plan, ToolError> {
    match plan.refused.as_slice() {
        [one] if plan.steps.is_empty() && one.code != "already" => Err(match one.code.as_str() {
            "user_not_found" => ToolError::no_such_user(&one.name),
            "user_is_directory_synced" => {
                ToolError::Rule { code: "user_is_directory_synced", message: one.message.clone(), fix: fix.to_owned() }
            }
            _ => ToolError::Rule { code: "refused", message: one.message.clone(), fix: fix.to_owned() },
        }),
        _ => Ok(plan),
    }
}

/// A list of ids as Duo takes it: JSON inside a text.
pub(crate) fn id_list(users: &[&User]) -> Value {
    let ids: Vec<&str> = users.iter().map(|user| user.user_id.as_str()).collect();
    json!({ "user_id_list": json!(ids).to_string() })
}

/// The given names without repetitions, as they were first written.
pub(crate) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    names.filter(|name| seen.insert(name.to_lowercase())).map(str::to_owned).collect()
}
