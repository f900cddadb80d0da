//! `trash_users`: users to the trash, from which they can be restored for a while.

use duo_api::EndpointId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::card::{Card, Level, Toolset};
use crate::domain::plan::{Plan, ReadBack};
use crate::domain::scope::Scope;
use crate::tools::arguments::{Name, Several};
use crate::tools::declare::Change;
use crate::tools::duo::Duo;
use crate::tools::endpoint::users::TRASH;
use crate::tools::error::ToolError;
use crate::tools::find;
use crate::tools::planning::{
    already, distinct, id_list, name_some, phrase, plan, refuse_single, sort_out, step, subject, synced,
};
use crate::tools::read::TRASH_DAYS;
use crate::tools::records::is_synced;

/// Sends users to Duo's trash: they are disabled at once and deleted for good after seven days. restore_users brings them back.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrashUsers {
    /// Connection or child account, by name or id; may be left out when there is one connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub account: Option<Name>,
    /// 1 to 100 people: usernames, user_ids, aliases or e-mail addresses.
    // Other servers' clients say it so; it is taken and not advertised.
    #[serde(alias = "usernames", alias = "user_ids")]
    pub users: Several<Name, 100>,
}

impl Change for TrashUsers {
    const CARD: Card = Card::change("trash_users", "Send users to the trash", Toolset::Users, Scope::Write, Level::L2)
        .by_default()
        .idempotent();
    const PARTS: &'static [EndpointId] =
        &[EndpointId("users_list"), EndpointId("users_get"), EndpointId("users_bulk_send_to_trash")];

    async fn plan(self, duo: Duo) -> Result<Plan, ToolError> {
        let named = distinct(self.users.0.iter().map(Name::as_str));
        let level = if named.len() == 1 { Level::L1 } else { Level::L2 };
        let found = find::users(&duo, &named).await?;
        let mut plan = plan(&duo, level, String::new());
        let willing = sort_out(&mut plan, &named, &found, |user| match user.status.as_str() {
            "pending deletion" => Some(already(&user.username, format!("{} is in the trash already.", user.username))),
            _ if is_synced(user) => Some(synced(user, "trashed")),
            _ => None,
        });
        let names: Vec<&str> = willing.iter().map(|user| user.username.as_str()).collect();
        plan.title = format!("Send {} to the trash: {}", people(names.len()), name_some(&names));
        plan.phrase = phrase(&names);
        plan.effects = vec![
            "They can no longer log in with Duo from this moment.".into(),
            format!(
                "They are deleted for good on about {} unless they are restored before (the account's settings may say another number of days than {TRASH_DAYS}).",
                duo.now().plus_seconds(TRASH_DAYS * 86_400)
            ),
        ];
        if !willing.is_empty() {
            let subjects = willing.iter().map(|user| subject(user)).collect();
            plan.steps.push(step(TRASH, id_list(&willing), subjects, ReadBack::InTrash));
        }
        refuse_single(plan, "Remove the person in the directory; the sync sends them to the trash.")
    }
}

/// One person, several people.
pub(crate) fn people(count: usize) -> String {
    if count == 1 { "1 user".into() } else { format!("{count} users") }
}
