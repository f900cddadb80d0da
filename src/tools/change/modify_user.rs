//! `modify_user`: one user's fields and status.

use duo_api::EndpointId;
use duo_api::model::User;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::card::{Card, Level, Toolset};
use crate::domain::plan::{Plan, ReadBack};
use crate::domain::scope::Scope;
use crate::tools::arguments::{Line, Name, Notes};
use crate::tools::declare::Change;
use crate::tools::duo::Duo;
use crate::tools::endpoint::users::MODIFY;
use crate::tools::error::ToolError;
use crate::tools::find;
use crate::tools::planning::{already, plan, step, subject};
use crate::tools::records::{effective_status, is_synced};

/// Changes one user's names, e-mail, notes, aliases, username or status. Setting the status to bypass always waits for an approval.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModifyUser {
    /// Connection or child account, by name or id; may be left out when there is one connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub account: Option<Name>,
    /// The person to change: user_id, username, alias or e-mail address, or me.
    // Other servers' clients say it so; it is taken and not advertised.
    #[serde(alias = "user_id")]
    pub user: Name,
    /// The new status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NewStatus")]
    pub status: Option<NewStatus>,
    /// The new full name; empty clears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Line")]
    pub realname: Option<Line>,
    /// The new e-mail address; empty clears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Line")]
    pub email: Option<Line>,
    /// The new given name; empty clears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Line")]
    pub firstname: Option<Line>,
    /// The new family name; empty clears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Line")]
    pub lastname: Option<Line>,
    /// The new notes; empty clears them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Notes")]
    pub notes: Option<Notes>,
    /// The new username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub username: Option<Name>,
    /// All aliases, up to four; an empty list clears them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Name>", length(max = 4))]
    pub aliases: Option<Vec<Name>>,
}

/// A status that can be given to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum NewStatus {
    /// Asked for a second factor.
    Active,
    /// Not asked for a second factor.
    Bypass,
    /// Not let in.
    Disabled,
}

impl NewStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Bypass => "bypass",
            Self::Disabled => "disabled",
        }
    }
}

impl Change for ModifyUser {
    const CARD: Card =
        Card::change("modify_user", "Change a user", Toolset::Users, Scope::Write, Level::L3).by_default().idempotent();
    const PARTS: &'static [EndpointId] =
        &[EndpointId("users_list"), EndpointId("users_get"), EndpointId("users_modify")];

    async fn plan(self, duo: Duo) -> Result<Plan, ToolError> {
        let wanted = self.wanted()?;
        let user = find::person(&duo, self.user.as_str()).await?;
        self.obey_duos_rules(&user)?;
        let there = fields_of(&user);
        let changed: Map<String, Value> =
            wanted.into_iter().filter(|(name, value)| !same(name, there.get(name), value)).collect();
        let mut plan = plan(&duo, self.level(&user, &changed), String::new());
        plan.phrase.clone_from(&user.username);
        let what = describe(&user, &changed);
        plan.title = format!("Change the user {}: {what}", user.username);
        plan.effects = self.effects(&user, &changed);
        if changed.is_empty() {
            plan.refused.push(already(&user.username, format!("{} is so already; nothing was sent.", user.username)));
            return Ok(plan);
        }
        let mut params = changed.clone();
        params.insert("user_id".into(), json!(user.user_id));
        let read_back = ReadBack::UserFields { user_id: user.user_id.clone(), fields: changed };
        plan.steps.push(step(MODIFY, Value::Object(params), vec![subject(&user)], read_back));
        Ok(plan)
    }
}

impl ModifyUser {
    fn wanted(&self) -> Result<Map<String, Value>, ToolError> {
        let mut wanted = Map::new();
        let lines = [
            ("status", self.status.map(NewStatus::as_str)),
            ("realname", self.realname.as_ref().map(Line::as_str)),
            ("email", self.email.as_ref().map(Line::as_str)),
            ("firstname", self.firstname.as_ref().map(Line::as_str)),
            ("lastname", self.lastname.as_ref().map(Line::as_str)),
            ("notes", self.notes.as_ref().map(Notes::as_str)),
            ("username", self.username.as_ref().map(Name::as_str)),
        ];
        for (name, value) in lines {
            if let Some(value) = value {
                wanted.insert(name.into(), json!(value));
            }
        }
        if let Some(aliases) = &self.aliases {
            if aliases.len() > 4 {
                return Err(ToolError::Arguments("a user has up to four aliases".into()));
            }
            for place in 0..4 {
                let alias = aliases.get(place).map_or("", Name::as_str);
                wanted.insert(format!("alias{}", place + 1), json!(alias));
            }
        }
        if wanted.is_empty() {
            return Err(ToolError::Arguments("name at least one thing to change, such as status or email".into()));
        }
        Ok(wanted)
    }

    fn obey_duos_rules(&self, user: &User) -> Result<(), ToolError> {
        let in_trash = user.status.as_str() == "pending deletion";
        if in_trash && self.status.is_some() {
            return Err(ToolError::Rule {
                code: "user_in_trash",
                message: format!("{} is in the trash; Duo would accept a status and change nothing.", user.username),
                fix: "Bring the user back with restore_users first.".into(),
            });
        }
        if is_synced(user) && self.status == Some(NewStatus::Disabled) {
            return Err(ToolError::Rule {
                code: "user_is_directory_synced",
                message: format!(
                    "{} is managed by a directory sync; Duo does not let such a user be disabled by hand.",
                    user.username
                ),
                fix: "Disable the person in the directory; the sync carries it over.".into(),
            });
        }
        Ok(())
    }

    /// Names, e-mail, notes, disabling, ending a bypass: L1. Letting somebody in again, or giving another name to
    /// log in with: L2. Letting somebody in without a second factor: L3.
    #[expect(clippy::unused_self, reason = "reads as the level of this call")]
    fn level(&self, user: &User, changed: &Map<String, Value>) -> Level {
        let names = ["username", "alias1", "alias2", "alias3", "alias4"];
        match changed.get("status").and_then(Value::as_str) {
            Some("bypass") => Level::L3,
            Some("active") if user.status.as_str() != "bypass" => Level::L2,
            _ if names.iter().any(|name| changed.contains_key(*name)) => Level::L2,
            _ => Level::L1,
        }
    }

    #[expect(clippy::unused_self, reason = "reads as the effects of this call")]
    fn effects(&self, user: &User, changed: &Map<String, Value>) -> Vec<String> {
        let mut effects = Vec::new();
        match changed.get("status").and_then(Value::as_str) {
            Some("bypass") => effects.push("The user logs in without a second factor from this moment.".into()),
            Some("disabled") => effects.push("The user can no longer log in with Duo.".into()),
            Some("active") => effects.push("The user can log in with a second factor.".into()),
            _ => {}
        }
        if let (_, Some(group)) = effective_status(user)
            && changed.contains_key("status")
        {
            effects.push(format!("The group {group} overrides the user's own status, so this alone has no effect."));
        }
        if is_synced(user) {
            effects.push("A directory manages this user; its next sync may set the fields back.".into());
        }
        effects
    }
}

/// The fields that this tool changes, as they are.
fn fields_of(user: &User) -> Map<String, Value> {
    let text = |value: &Option<String>| json!(value.clone().unwrap_or_default());
    let fields = [
        ("username", json!(user.username)),
        ("status", json!(user.status.as_str())),
        ("realname", text(&user.realname)),
        ("email", text(&user.email)),
        ("firstname", text(&user.firstname)),
        ("lastname", text(&user.lastname)),
        ("notes", text(&user.notes)),
        ("alias1", text(&user.alias1)),
        ("alias2", text(&user.alias2)),
        ("alias3", text(&user.alias3)),
        ("alias4", text(&user.alias4)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn describe(user: &User, changed: &Map<String, Value>) -> String {
    let part = |(name, value): (&String, &Value)| match name.as_str() {
        "status" => format!("status {} → {}", user.status.as_str(), value.as_str().unwrap_or_default()),
        "notes" => "notes".to_owned(),
        other => format!("{other} → \u{201c}{}\u{201d}", value.as_str().unwrap_or_default()),
    };
    changed.iter().map(part).collect::<Vec<_>>().join(", ")
}

/// Whether what is there is what is wanted: nothing is the same as an empty text, and what Duo compares in any case is
/// compared so.
pub fn same(field: &str, there: Option<&Value>, wanted: &Value) -> bool {
    let (there, wanted) = (there.and_then(Value::as_str).unwrap_or_default(), wanted.as_str().unwrap_or_default());
    match field {
        "realname" | "firstname" | "lastname" | "notes" => there == wanted,
        _ => there.eq_ignore_ascii_case(wanted),
    }
}
