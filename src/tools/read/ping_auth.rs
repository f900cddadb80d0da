//! `ping_auth`: does Duo answer at all.

use duo_api::EndpointId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::card::{Card, Toolset};
use crate::domain::clock::Timestamp;
use crate::tools::arguments::Name;
use crate::tools::declare::{Answer, Read};
use crate::tools::duo::Duo;
use crate::tools::endpoint::auth::Ping;
use crate::tools::error::ToolError;

/// Asks Duo's Auth API whether it answers, without using any key. To check the keys themselves use check_auth.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PingAuth {
    /// Connection to ask, by name; may be left out when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub account: Option<Name>,
}

/// Duo's answer to a ping.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Pong {
    /// Always true: when Duo does not answer, the call is an error.
    pub answers: bool,
    /// The time on Duo's clock.
    pub duo_time: String,
    /// How far this gateway's clock is ahead of Duo's, in seconds; 300 is too much.
    pub clock_ahead_s: i64,
}

impl Answer for Pong {
    fn summary(&self) -> String {
        format!("Duo's Auth API answers; its clock says {}.", self.duo_time)
    }
}

impl Read for PingAuth {
    const CARD: Card = Card::read("ping_auth", "Ping Duo", Toolset::Auth).by_default();
    const PARTS: &'static [EndpointId] = &[EndpointId("auth_ping")];
    type Output = Pong;

    async fn run(self, duo: Duo) -> Result<Pong, ToolError> {
        let pong = duo.call(&Ping {}).await?;
        let theirs = Timestamp::from_seconds(pong.time);
        Ok(Pong { answers: true, duo_time: theirs.to_string(), clock_ahead_s: duo.now().seconds() - pong.time })
    }
}
