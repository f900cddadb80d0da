//! `create_account` and `delete_account`: child accounts come and go.

use duo_api::EndpointId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::domain::card::{Card, Level, Toolset};
use crate::domain::plan::{Plan, ReadBack, Subject};
use crate::domain::scope::Scope;
use crate::tools::arguments::{Name, Text};
use crate::tools::declare::Change;
use crate::tools::duo::Duo;
use crate::tools::endpoint::accounts::{AccountsList, CREATE, DELETE};
use crate::tools::error::ToolError;
use crate::tools::planning::{new_subject, plan, step};

/// Makes a child account under the parent account of a connection. It waits for somebody's yes.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAccount {
    /// Connection of the parent account, by name; may be left out when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub account: Option<Name>,
    /// The new account's name: 1 to 100 characters.
    pub name: Text<1, 100>,
}

impl Change for CreateAccount {
    const CARD: Card =
        Card::change("create_account", "Create a child account", Toolset::Accounts, Scope::Accounts, Level::L2)
            .by_default();
    const PARTS: &'static [EndpointId] = &[EndpointId("accounts_list"), EndpointId("accounts_create")];

    async fn plan(self, duo: Duo) -> Result<Plan, ToolError> {
        if duo.account().child.is_some() {
            return Err(ToolError::Rule {
                code: "not_a_parent",
                message: "A child account has no children of its own; Duo knows one level only.".into(),
                fix: "Name the connection of the parent account with `account`.".into(),
            });
        }
        let name = self.name.as_str();
        if duo.connections().iter().any(|connection| connection.eq_ignore_ascii_case(name)) {
            return Err(ToolError::Rule {
                code: "name_of_a_connection",
                message: format!(
                    "{name} is the name of a connection; an account of the same name could not be told apart."
                ),
                fix: "Choose another name.".into(),
            });
        }
        let children = duo.call(&AccountsList {}).await?;
        if let Some(there) = children.iter().find(|child| child.name.eq_ignore_ascii_case(name)) {
            return Err(ToolError::Rule {
                code: "account_exists",
                message: format!("A child account is called {} already ({}).", there.name, there.account_id),
                fix: "Use that account, or choose another name.".into(),
            });
        }
        let mut plan = plan(&duo, Level::L2, format!("Create the child account {name}"));
        plan.effects = vec!["It is billed to the parent account according to its edition.".into()];
        name.clone_into(&mut plan.phrase);
        let read_back = ReadBack::AccountExists { known: children.into_iter().map(|child| child.account_id).collect() };
        plan.steps.push(step(CREATE, json!({ "name": name }), vec![new_subject(name)], read_back));
        Ok(plan)
    }
}

/// Deletes a child account at once and for good, with its users, applications and history. It always waits for an approval.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteAccount {
    /// The child account, by its exact name or id. A deletion always names its account.
    pub account: Name,
}

impl Change for DeleteAccount {
    const CARD: Card =
        Card::change("delete_account", "Delete a child account", Toolset::Accounts, Scope::Accounts, Level::L3)
            .and_scope(Scope::Destroy)
            .by_default();
    const PARTS: &'static [EndpointId] = &[EndpointId("accounts_list"), EndpointId("accounts_delete")];

    async fn plan(self, duo: Duo) -> Result<Plan, ToolError> {
        let child = child_of(&duo)?;
        // Name and id are fetched in this very call: what a person approves is what Duo calls it now.
        let children = duo.call(&AccountsList {}).await?;
        let there = children.into_iter().find(|one| one.account_id == child).ok_or_else(|| ToolError::NotOne {
            code: "account_not_found",
            message: format!("Duo lists no child account {child}."),
            fix: "Look at list_accounts; it may be deleted already.".into(),
        })?;
        let title = format!("Delete the child account {} ({child}) for good", there.name);
        let mut plan = plan(&duo, Level::L3, title);
        plan.effects = vec![
            "It is gone at once: there is no trash for accounts and no way back.".into(),
            "Its users, applications, settings and history go with it.".into(),
            "Everybody who logs in through it can no longer do so.".into(),
        ];
        plan.phrase.clone_from(&there.name);
        let subject = Subject { id: child.clone(), name: there.name, before: None };
        plan.steps.push(step(DELETE, json!({ "account_id": child }), vec![subject], ReadBack::AccountGone));
        Ok(plan)
    }
}

/// The child that a call is about; the account of a connection itself is none.
pub(crate) fn child_of(duo: &Duo) -> Result<String, ToolError> {
    let child = duo.account().child.as_ref().ok_or_else(|| ToolError::Rule {
        code: "child_account_required",
        message: format!("{} is not a child account, and this is done to child accounts only.", duo.account().name),
        fix: "Name the child account with `account`; list_accounts shows them.".into(),
    })?;
    Ok(child.id.as_str().to_owned())
}
