//! `create_user`: one new user.

use duo_api::EndpointId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::card::{Card, Level, Toolset};
use crate::domain::plan::{Plan, ReadBack};
use crate::domain::scope::Scope;
use crate::tools::arguments::{Line, Name, Notes};
use crate::tools::declare::Change;
use crate::tools::duo::Duo;
use crate::tools::endpoint::users::{CREATE, UsersList};
use crate::tools::error::ToolError;
use crate::tools::planning::{new_subject, plan, step};

/// A user to be made.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The username, as the person logs in; unique among usernames and aliases.
    pub username: Name,
    /// The full name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Line")]
    pub realname: Option<Line>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Line")]
    pub email: Option<Line>,
    /// The given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Line")]
    pub firstname: Option<Line>,
    /// The family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Line")]
    pub lastname: Option<Line>,
    /// Notes for administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Notes")]
    pub notes: Option<Notes>,
}

impl NewUser {
    /// The user's fields as Duo takes them.
    pub fn fields(&self, duo: &Duo) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("username".into(), json!(duo.defaults().username(self.username.as_str())));
        let lines = [
            ("realname", self.realname.as_ref().map(Line::as_str)),
            ("email", self.email.as_ref().map(Line::as_str)),
            ("firstname", self.firstname.as_ref().map(Line::as_str)),
            ("lastname", self.lastname.as_ref().map(Line::as_str)),
            ("notes", self.notes.as_ref().map(Notes::as_str)),
        ];
        for (name, value) in lines {
            if let Some(value) = value.filter(|text| !text.is_empty()) {
                fields.insert(name.into(), json!(value));
            }
        }
        fields
    }
}

/// Makes one user in Duo. The user has no factor yet and cannot log in before enrolling one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// Connection or child account, by name or id; may be left out when there is one connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub account: Option<Name>,
    /// The username, as the person logs in; unique among usernames and aliases.
    pub username: Name,
    /// The full name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Line")]
    pub realname: Option<Line>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Line")]
    pub email: Option<Line>,
    /// The given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Line")]
    pub firstname: Option<Line>,
    /// The family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Line")]
    pub lastname: Option<Line>,
    /// Notes for administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Notes")]
    pub notes: Option<Notes>,
}

impl Change for CreateUser {
    const CARD: Card =
        Card::change("create_user", "Create a user", Toolset::Users, Scope::Write, Level::L1).by_default();
    const PARTS: &'static [EndpointId] = &[EndpointId("users_list"), EndpointId("users_create")];

    async fn plan(self, duo: Duo) -> Result<Plan, ToolError> {
        let new = NewUser {
            username: self.username,
            realname: self.realname,
            email: self.email,
            firstname: self.firstname,
            lastname: self.lastname,
            notes: self.notes,
        };
        let fields = new.fields(&duo);
        let username = fields.get("username").and_then(Value::as_str).unwrap_or_default().to_owned();
        // By username or alias alone: somebody else's e-mail address may well be this person's username.
        let ask = UsersList { username: Some(username.clone()), ..UsersList::default() };
        if let Some(there) = duo.call(&ask).await?.first() {
            return Err(ToolError::Rule {
                code: "user_exists",
                message: format!("{username} exists already: user {} ({}).", there.username, there.status.as_str()),
                fix: "Change the user with modify_user, or, if it is in the trash, bring it back with restore_users."
                    .into(),
            });
        }
        let mut plan = plan(&duo, Level::L1, format!("Create the user {username}"));
        plan.effects = vec!["The user cannot log in before enrolling a factor.".into()];
        plan.phrase.clone_from(&username);
        plan.steps.push(step(CREATE, Value::Object(fields), vec![new_subject(&username)], ReadBack::UsersExist));
        Ok(plan)
    }
}
