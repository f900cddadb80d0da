//! `restore_users`: users out of the trash again.

use duo_api::EndpointId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::trash_users::people;
use crate::domain::card::{Card, Level, Toolset};
use crate::domain::plan::{Plan, ReadBack};
use crate::domain::scope::Scope;
use crate::tools::arguments::{Name, Several};
use crate::tools::declare::Change;
use crate::tools::duo::Duo;
use crate::tools::endpoint::users::RESTORE;
use crate::tools::error::ToolError;
use crate::tools::find;
use crate::tools::planning::{
    already, distinct, id_list, name_some, phrase, plan, refuse_single, sort_out, step, subject, synced,
};
use crate::tools::records::is_synced;

/// Takes users out of Duo's trash. Duo leaves them disabled: set each back with modify_user to the status that the answer names.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreUsers {
    /// Connection or child account, by name or id; may be left out when there is one connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub account: Option<Name>,
    /// 1 to 100 people in the trash: usernames, user_ids, aliases or e-mail addresses.
    // Other servers' clients say it so; it is taken and not advertised.
    #[serde(alias = "usernames", alias = "user_ids")]
    pub users: Several<Name, 100>,
}

impl Change for RestoreUsers {
    const CARD: Card =
        Card::change("restore_users", "Restore users from the trash", Toolset::Users, Scope::Write, Level::L2)
            .by_default()
            .idempotent();
    const PARTS: &'static [EndpointId] =
        &[EndpointId("users_list"), EndpointId("users_get"), EndpointId("users_bulk_restore")];

    async fn plan(self, duo: Duo) -> Result<Plan, ToolError> {
        let named = distinct(self.users.0.iter().map(Name::as_str));
        let level = if named.len() == 1 { Level::L1 } else { Level::L2 };
        let found = find::users(&duo, &named).await?;
        let mut plan = plan(&duo, level, String::new());
        let willing = sort_out(&mut plan, &named, &found, |user| match user.status.as_str() {
            "pending deletion" if is_synced(user) => Some(synced(user, "restored")),
            "pending deletion" => None,
            other => {
                Some(already(&user.username, format!("{} is not in the trash; the status is {other}.", user.username)))
            }
        });
        let names: Vec<&str> = willing.iter().map(|user| user.username.as_str()).collect();
        plan.title = format!("Restore {} from the trash: {}", people(names.len()), name_some(&names));
        plan.phrase = phrase(&names);
        plan.effects = vec![
            "They stay disabled until somebody sets them to another status (modify_user).".into(),
            "A user whom Duo trashed for inactivity is trashed again the next day unless they log in.".into(),
        ];
        if !willing.is_empty() {
            let subjects = willing.iter().map(|user| subject(user)).collect();
            plan.steps.push(step(RESTORE, id_list(&willing), subjects, ReadBack::OutOfTrash));
        }
        refuse_single(plan, "Put the person back into the synced directory group; the sync restores them.")
    }
}
