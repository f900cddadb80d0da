//! What an account says of itself.

use duo_api::EndpointId;
use duo_api::model::InfoSummary;
use serde::Serialize;

use crate::tools::duo::Endpoint;

/// Counts of users, administrators and applications; the edition and the credits.
#[derive(Debug, Serialize)]
pub struct Summary {}

impl Endpoint for Summary {
    const ID: EndpointId = EndpointId("info_summary");
    type Answer = InfoSummary;
}
