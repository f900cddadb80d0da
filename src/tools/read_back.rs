//! Looking whether a step happened, by reading Duo.

use std::collections::HashMap;

use duo_api::EndpointId;
use duo_api::model::User;
use serde_json::{Value, json};

use super::change::same;
use super::duo::Duo;
use super::endpoint::accounts::{AccountsList, GetCredits, GetEdition};
use super::endpoint::users::UsersList;
use super::error::ToolError;
use super::records::{UserField, UserRow};
use crate::domain::plan::{ReadBack, Step, Subject};

/// What was seen of one object of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The object's id in Duo, once it has one.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Whether the step happened to it; `None` where it cannot be seen.
    pub happened: Option<bool>,
    /// What the object is now.
    pub now: Option<Value>,
}

/// Looks at every object of the step, in the step's order.
pub async fn look(duo: &Duo, step: &Step) -> Result<Vec<Seen>, ToolError> {
    match &step.read_back {
        ReadBack::Unseen => Ok(step.subjects.iter().map(|subject| seen(subject, None, None)).collect()),
        ReadBack::UserFields { user_id, fields } => {
            let params = [("user_id".to_owned(), json!(user_id))].into_iter().collect();
            let answer = duo.send(EndpointId("users_get"), params).await?;
            let there: Value = answer.parse()?;
            let user: User = answer.parse()?;
            let happened = fields.iter().all(|(name, value)| same(name, there.get(name), value));
            Ok(step.subjects.iter().map(|subject| seen(subject, Some(happened), Some(row(&user)))).collect())
        }
        ReadBack::InTrash => by_id(duo, step, |user| user.is_none_or(in_trash)).await,
        ReadBack::OutOfTrash => by_id(duo, step, |user| user.is_some_and(|user| !in_trash(user))).await,
        ReadBack::UsersExist => by_name(duo, step).await,
        ReadBack::AccountExists { known } => {
            let children = duo.call(&AccountsList {}).await?;
            let look = |subject: &Subject| {
                let there =
                    children.iter().find(|child| child.name == subject.name && !known.contains(&child.account_id));
                Seen {
                    id: there.map(|child| child.account_id.clone()),
                    name: subject.name.clone(),
                    happened: Some(there.is_some()),
                    now: there.map(|child| json!({ "account_id": child.account_id, "host": child.api_hostname })),
                }
            };
            Ok(step.subjects.iter().map(look).collect())
        }
        ReadBack::AccountGone => {
            let children = duo.call(&AccountsList {}).await?;
            let gone = |subject: &Subject| !children.iter().any(|child| child.account_id == subject.id);
            Ok(step.subjects.iter().map(|subject| seen(subject, Some(gone(subject)), None)).collect())
        }
        ReadBack::Edition { edition } => {
            let now = duo.call(&GetEdition { account_id: first_id(step) }).await?.edition;
            let state = json!({ "edition": now });
            Ok(step.subjects.iter().map(|one| seen(one, Some(now == *edition), Some(state.clone()))).collect())
        }
        ReadBack::Credits { credits } => {
            let now = duo.call(&GetCredits { account_id: first_id(step) }).await?.credits;
            let state = json!({ "credits": now });
            Ok(step.subjects.iter().map(|one| seen(one, Some(now == *credits), Some(state.clone()))).collect())
        }
    }
}

fn seen(subject: &Subject, happened: Option<bool>, now: Option<Value>) -> Seen {
    let id = Some(subject.id.clone()).filter(|id| !id.is_empty());
    Seen { id, name: subject.name.clone(), happened, now }
}

fn first_id(step: &Step) -> String {
    step.subjects.first().map(|subject| subject.id.clone()).unwrap_or_default()
}

fn in_trash(user: &User) -> bool {
    user.status.as_str() == "pending deletion"
}

fn row(user: &User) -> Value {
    let fields = [UserField::Realname, UserField::Aliases, UserField::Notes];
    serde_json::to_value(UserRow::of(user, &fields)).unwrap_or_default()
}

async fn by_id(duo: &Duo, step: &Step, happened: impl Fn(Option<&User>) -> bool) -> Result<Vec<Seen>, ToolError> {
    let ids: Vec<&str> = step.subjects.iter().map(|subject| subject.id.as_str()).collect();
    let ask = UsersList { user_id_list: Some(json!(ids).to_string()), ..UsersList::default() };
    let users: HashMap<String, User> =
        duo.call(&ask).await?.into_iter().map(|user| (user.user_id.clone(), user)).collect();
    let look = |subject: &Subject| {
        let user = users.get(&subject.id);
        let mut state = user.map(row);
        if let (Some(state), Some(before)) = (&mut state, &subject.before) {
            state["status_before"] = json!(before);
        }
        seen(subject, Some(happened(user)), state)
    };
    Ok(step.subjects.iter().map(look).collect())
}

async fn by_name(duo: &Duo, step: &Step) -> Result<Vec<Seen>, ToolError> {
    let names: Vec<&str> = step.subjects.iter().map(|subject| subject.name.as_str()).collect();
    let ask = UsersList { username_list: Some(json!(names).to_string()), ..UsersList::default() };
    let users: HashMap<String, User> =
        duo.call(&ask).await?.into_iter().map(|user| (user.username.to_lowercase(), user)).collect();
    let look = |subject: &Subject| {
        let user = users.get(&subject.name.to_lowercase());
        Seen {
            id: user.map(|user| user.user_id.clone()),
            name: subject.name.clone(),
            happened: Some(user.is_some()),
            now: user.map(row),
        }
    };
    Ok(step.subjects.iter().map(look).collect())
}
