//! Child accounts, their editions and credits.

use duo_api::EndpointId;
use duo_api::model::{ChildAccount, Edition, TelephonyCredits};
use serde::Serialize;

use crate::tools::duo::Endpoint;

/// The child accounts.
#[derive(Debug, Serialize)]
pub struct AccountsList {}

impl Endpoint for AccountsList {
    const ID: EndpointId = EndpointId("accounts_list");
    type Answer = Vec<ChildAccount>;
}

/// The edition of a child account.
#[derive(Debug, Serialize)]
pub struct GetEdition {
    /// The child.
    pub account_id: String,
}

impl Endpoint for GetEdition {
    const ID: EndpointId = EndpointId("billing_get_edition");
    type Answer = Edition;
}

/// The telephony credits of a child account.
#[derive(Debug, Serialize)]
pub struct GetCredits {
    /// The child.
    pub account_id: String,
}

impl Endpoint for GetCredits {
    const ID: EndpointId = EndpointId("billing_get_telephony_credits");
    type Answer = TelephonyCredits;
}

/// The endpoint that makes a child account.
pub const CREATE: EndpointId = EndpointId("accounts_create");
/// The endpoint that deletes a child account, at once and for good.
pub const DELETE: EndpointId = EndpointId("accounts_delete");
/// The endpoint that sets a child's edition.
pub const SET_EDITION: EndpointId = EndpointId("billing_set_edition");
/// The endpoint that sets a child's credits.
pub const SET_CREDITS: EndpointId = EndpointId("billing_set_telephony_credits");
