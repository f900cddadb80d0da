//! The logs.

use duo_api::EndpointId;
use duo_api::model::AuthLogs;
use serde::Serialize;

use crate::tools::duo::Endpoint;

/// Authentications between two moments.
#[derive(Debug, Serialize)]
pub struct Authentication {
    /// From, in milliseconds.
    pub mintime: i64,
    /// To, in milliseconds.
    pub maxtime: i64,
    /// The most rows.
    pub limit: Option<u32>,
    /// `ts:desc` for the newest first.
    pub sort: Option<String>,
    /// Only of this user, by id.
    pub users: Option<String>,
}

impl Endpoint for Authentication {
    const ID: EndpointId = EndpointId("logs_authentication");
    type Answer = AuthLogs;
}
