//! The Auth API.

use duo_api::EndpointId;
use duo_api::model::{AuthStatus, CheckAnswer, PreauthAnswer};
use serde::Serialize;

use crate::tools::duo::Endpoint;

/// Whether Duo answers at all; unsigned.
#[derive(Debug, Serialize)]
pub struct Ping {}

impl Endpoint for Ping {
    const ID: EndpointId = EndpointId("auth_ping");
    type Answer = CheckAnswer;
}

/// Whether the keys work.
#[derive(Debug, Serialize)]
pub struct Check {}

impl Endpoint for Check {
    const ID: EndpointId = EndpointId("auth_check");
    type Answer = CheckAnswer;
}

/// Whether a person may log in, and how.
#[derive(Debug, Default, Serialize)]
pub struct Preauth {
    /// Duo's id; this or the username.
    pub user_id: Option<String>,
    /// Username or alias; this or the id.
    pub username: Option<String>,
}

impl Endpoint for Preauth {
    const ID: EndpointId = EndpointId("auth_preauth");
    type Answer = PreauthAnswer;
}

/// How an authentication stands; waits for the next change.
#[derive(Debug, Serialize)]
pub struct Status {
    /// Duo's transaction.
    pub txid: String,
}

impl Endpoint for Status {
    const ID: EndpointId = EndpointId("auth_auth_status");
    type Answer = AuthStatus;
}

/// The endpoint that starts an authentication.
pub const AUTH: EndpointId = EndpointId("auth_auth");
