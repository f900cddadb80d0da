//! `set_billing_edition` and `set_telephony_credits`: what moves money.

use duo_api::EndpointId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::accounts::child_of;
use crate::domain::card::{Card, Level, Toolset};
use crate::domain::plan::{Plan, ReadBack, Subject};
use crate::domain::scope::Scope;
use crate::tools::arguments::Name;
use crate::tools::declare::Change;
use crate::tools::duo::Duo;
use crate::tools::edition::{Edition, plain_edition};
use crate::tools::endpoint::accounts::{GetCredits, GetEdition, SET_CREDITS, SET_EDITION};
use crate::tools::error::ToolError;
use crate::tools::planning::{already, plan, step};

/// Puts a child account on another Duo edition. It changes what is billed and always waits for an approval.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetBillingEdition {
    /// The child account, by its exact name or id.
    pub account: Name,
    /// ENTERPRISE is Duo Essentials, PLATFORM is Duo Advantage, BEYOND is Duo Premier.
    pub edition: Edition,
}

impl Change for SetBillingEdition {
    const CARD: Card =
        Card::change("set_billing_edition", "Set an account's edition", Toolset::Accounts, Scope::Accounts, Level::L3)
            .by_default()
            .idempotent();
    const PARTS: &'static [EndpointId] = &[EndpointId("billing_get_edition"), EndpointId("billing_set_edition")];

    async fn plan(self, duo: Duo) -> Result<Plan, ToolError> {
        let account_id = child_of(&duo)?;
        let name = duo.account().name.clone();
        let now = duo.call(&GetEdition { account_id: account_id.clone() }).await?.edition;
        let wanted = self.edition.code();
        let title = format!(
            "Put the account {name} on {} ({wanted}); it is on {} ({now})",
            plain_edition(wanted),
            plain_edition(&now)
        );
        let mut plan = plan(&duo, Level::L3, title);
        plan.effects = vec!["What the parent account is billed changes.".into()];
        plan.phrase.clone_from(&name);
        if now == wanted {
            plan.refused.push(already(&name, format!("{name} is on {wanted} already.")));
            return Ok(plan);
        }
        let params = json!({ "account_id": account_id, "edition": wanted });
        let subject = Subject { id: account_id, name, before: Some(now) };
        plan.steps.push(step(SET_EDITION, params, vec![subject], ReadBack::Edition { edition: wanted.into() }));
        Ok(plan)
    }
}

/// Sets how many telephony credits a child account has. The number is the new total; the difference is moved from or to the parent. Always waits for an approval.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetTelephonyCredits {
    /// The child account, by its exact name or id.
    pub account: Name,
    /// The new total, not an increment: 0 to 1000000.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub credits: i64,
}

impl Change for SetTelephonyCredits {
    const CARD: Card = Card::change(
        "set_telephony_credits",
        "Set an account's telephony credits",
        Toolset::Accounts,
        Scope::Accounts,
        Level::L3,
    )
    .by_default()
    .idempotent();
    const PARTS: &'static [EndpointId] =
        &[EndpointId("billing_get_telephony_credits"), EndpointId("billing_set_telephony_credits")];

    async fn plan(self, duo: Duo) -> Result<Plan, ToolError> {
        if !(0..=1_000_000).contains(&self.credits) {
            return Err(ToolError::Arguments("credits is a whole number from 0 to 1000000: the new total".into()));
        }
        let account_id = child_of(&duo)?;
        let name = duo.account().name.clone();
        let now = duo.call(&GetCredits { account_id: account_id.clone() }).await?.credits;
        let (wanted, moved) = (self.credits, self.credits - now);
        let mut plan = plan(&duo, Level::L3, format!("Set the telephony credits of {name} from {now} to {wanted}"));
        plan.effects = vec![if moved > 0 {
            format!("{moved} credits are taken from the parent account.")
        } else {
            format!("{} credits go back to the parent account.", -moved)
        }];
        plan.phrase.clone_from(&name);
        if moved == 0 {
            plan.refused.push(already(&name, format!("{name} has {wanted} credits already.")));
            return Ok(plan);
        }
        let params = json!({ "account_id": account_id, "credits": wanted });
        let subject = Subject { id: account_id, name, before: Some(now.to_string()) };
        plan.steps.push(step(SET_CREDITS, params, vec![subject], ReadBack::Credits { credits: wanted }));
        Ok(plan)
    }
}
