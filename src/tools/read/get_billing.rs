//! `get_billing_edition` and `get_telephony_credits`: what an account has.

use duo_api::{Api, EndpointId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::card::{Card, Toolset};
use crate::tools::arguments::Name;
use crate::tools::declare::{Answer, Read};
use crate::tools::duo::Duo;
use crate::tools::edition::plain_edition;
use crate::tools::endpoint::accounts::{GetCredits, GetEdition};
use crate::tools::endpoint::info::Summary;
use crate::tools::error::ToolError;

/// Tells which Duo edition an account is on.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetBillingEdition {
    /// Connection or child account, by name or id; left out with one connection, that connection's own account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub account: Option<Name>,
}

/// An edition.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EditionAnswer {
    /// Duo's code: ENTERPRISE, PLATFORM, BEYOND, PERSONAL.
    pub edition: String,
    /// The name that Duo sells it under.
    pub name: String,
}

impl Answer for EditionAnswer {
    fn summary(&self) -> String {
        format!("The account is on {} ({}).", self.name, self.edition)
    }
}

impl Read for GetBillingEdition {
    const CARD: Card = Card::read("get_billing_edition", "Show an account's edition", Toolset::Accounts).by_default();
    const PARTS: &'static [EndpointId] = &[EndpointId("info_summary"), EndpointId("billing_get_edition")];
    type Output = EditionAnswer;

    async fn run(self, duo: Duo) -> Result<EditionAnswer, ToolError> {
        let edition = match child_id(&duo) {
            Some(account_id) => duo.call(&GetEdition { account_id }).await?.edition,
            None => own_summary(&duo).await?.edition.ok_or_else(|| not_told("edition"))?,
        };
        Ok(EditionAnswer { name: plain_edition(&edition).to_owned(), edition })
    }
}

/// Tells how many telephony credits an account has left.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetTelephonyCredits {
    /// Connection or child account, by name or id; left out with one connection, that connection's own account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub account: Option<Name>,
}

/// Telephony credits.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CreditsAnswer {
    /// Credits left, for phone calls and text messages.
    pub credits: i64,
}

impl Answer for CreditsAnswer {
    fn summary(&self) -> String {
        format!("{} telephony credits are left.", self.credits)
    }
}

impl Read for GetTelephonyCredits {
    const CARD: Card =
        Card::read("get_telephony_credits", "Show an account's telephony credits", Toolset::Accounts).by_default();
    const PARTS: &'static [EndpointId] = &[EndpointId("info_summary"), EndpointId("billing_get_telephony_credits")];
    type Output = CreditsAnswer;

    async fn run(self, duo: Duo) -> Result<CreditsAnswer, ToolError> {
        let credits = match child_id(&duo) {
            Some(account_id) => duo.call(&GetCredits { account_id }).await?.credits,
            None => own_summary(&duo).await?.telephony_credits_remaining.ok_or_else(|| not_told("credits"))?,
        };
        Ok(CreditsAnswer { credits })
    }
}

fn child_id(duo: &Duo) -> Option<String> {
    duo.account().child.as_ref().map(|child| child.id.as_str().to_owned())
}

/// The summary of a connection's own account; the billing calls answer for children only.
async fn own_summary(duo: &Duo) -> Result<duo_api::model::InfoSummary, ToolError> {
    if !duo.has(Api::Admin) {
        return Err(ToolError::NoCredential(Api::Admin));
    }
    duo.call(&Summary {}).await
}

fn not_told(what: &'static str) -> ToolError {
    ToolError::Rule {
        code: "not_told_by_duo",
        message: format!("Duo does not tell the {what} of this account over the API."),
        fix: "Look in the Duo Admin Panel under Billing, or name a child account with `account`.".into(),
    }
}
