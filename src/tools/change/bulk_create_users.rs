//! `bulk_create_users`: up to a hundred new users, safe to run again.

use duo_api::EndpointId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::create_user::NewUser;
use super::trash_users::people;
use crate::domain::card::{Card, Level, Toolset};
use crate::domain::plan::{Plan, ReadBack};
use crate::domain::scope::Scope;
use crate::tools::arguments::{Name, Several};
use crate::tools::declare::Change;
use crate::tools::duo::Duo;
use crate::tools::endpoint::users::BULK_CREATE;
use crate::tools::error::ToolError;
use crate::tools::find;
use crate::tools::planning::{already, name_some, new_subject, phrase, plan, step};

/// Makes up to 100 users in Duo at once. Users that exist already are left as they are and named in the answer, so it is safe to run again.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkCreateUsers {
    /// Connection or child account, by name or id; may be left out when there is one connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub account: Option<Name>,
    /// 1 to 100 users to make.
    pub users: Several<NewUser, 100>,
}

impl Change for BulkCreateUsers {
    const CARD: Card =
        Card::change("bulk_create_users", "Create several users", Toolset::Users, Scope::Write, Level::L2)
            .by_default()
            .idempotent();
    const PARTS: &'static [EndpointId] = &[EndpointId("users_list"), EndpointId("users_bulk_create")];

    async fn plan(self, duo: Duo) -> Result<Plan, ToolError> {
        let mut names: Vec<String> = Vec::with_capacity(self.users.0.len());
        for user in &self.users.0 {
            let name = duo.defaults().username(user.username.as_str());
            if names.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
                return Err(ToolError::Arguments(format!("{name} stands twice in the list; name each user once")));
            }
            names.push(name);
        }
        // Usernames alone: a name that is somebody's alias is refused by Duo, and looking for a hundred aliases would
        // cost a hundred requests.
        let there = find::by_username(&duo, &names).await?;
        let mut plan = plan(&duo, Level::L2, String::new());
        let (mut fields, mut subjects) = (Vec::new(), Vec::new());
        for ((user, name), there) in self.users.0.iter().zip(&names).zip(&there) {
            if let Some(there) = there {
                plan.refused.push(already(
                    name,
                    format!("{name} exists already: user {} ({}).", there.username, there.status.as_str()),
                ));
            } else {
                fields.push(Value::Object(user.fields(&duo)));
                subjects.push(new_subject(name));
            }
        }
        let new: Vec<&str> = subjects.iter().map(|subject| subject.name.as_str()).collect();
        plan.title = format!("Create {}: {}", people(new.len()), name_some(&new));
        plan.phrase = phrase(&new);
        plan.effects = vec!["None of them can log in before enrolling a factor.".into()];
        if !subjects.is_empty() {
            let params = json!({ "users": Value::Array(fields).to_string() });
            plan.steps.push(step(BULK_CREATE, params, subjects, ReadBack::UsersExist));
        }
        Ok(plan)
    }
}
