//! `preauth`: may this person log in, and how.

use duo_api::EndpointId;
use duo_api::model::{PreauthAnswer, PreauthDevice};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::card::{Card, Toolset};
use crate::tools::arguments::Name;
use crate::tools::declare::{Answer, Read};
use crate::tools::duo::Duo;
use crate::tools::endpoint::auth::Preauth as AskPreauth;
use crate::tools::error::ToolError;

/// Tells whether a user may log in now and which factors the user can use. Sends nothing to the user. Follow with auth to challenge.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Preauth {
    /// Connection to ask, by name; may be left out when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub account: Option<Name>,
    /// Username or alias, in any case, or me; this or user_id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub username: Option<Name>,
    /// Duo's id of the user; this or username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub user_id: Option<Name>,
}

/// Whether and how a person may log in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Access {
    /// Whether the person may log in: with a factor, or without one when `result` is allow.
    pub authorized: bool,
    /// Duo's result: auth (a factor is needed), allow (no factor is asked for), deny, enroll (has no factor yet).
    pub result: String,
    /// What Duo says of it.
    pub status_msg: String,
    /// The factors that can be used, in plain words.
    pub factors: Vec<String>,
    /// The devices; give `device` to auth to choose one.
    pub devices: Vec<Device>,
    /// What this account wants to be remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub reminder: Option<String>,
}

/// What is said of an account whose people are to give passcodes.
pub const PASSCODE_REMINDER: &str =
    "This account wants passcodes: ask the person for one and give it to auth as passcode.";

/// A device that can be used.
#[derive(Debug, Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the argument of auth has this name")]
pub struct Device {
    /// Duo's id, for the `device` argument of auth.
    pub device: String,
    /// What Duo calls it.
    pub name: String,
    /// phone or token.
    pub kind: String,
    /// Its factors, in plain words.
    pub factors: Vec<String>,
}

impl Answer for Access {
    fn summary(&self) -> String {
        let may = if self.authorized { "may log in" } else { "may not log in" };
        let how = if self.factors.is_empty() { String::new() } else { format!(" with {}", self.factors.join(", ")) };
        format!("The user {may}{how}. {}", self.status_msg)
    }
}

impl Read for Preauth {
    const CARD: Card = Card::read("preauth", "Check how a user may log in", Toolset::Auth).by_default();
    const PARTS: &'static [EndpointId] = &[EndpointId("auth_preauth")];
    type Output = Access;

    async fn run(self, duo: Duo) -> Result<Access, ToolError> {
        let ask = ask(&duo, self.username.as_ref(), self.user_id.as_ref())?;
        let reminder = duo.defaults().use_passcode.then(|| PASSCODE_REMINDER.to_owned());
        Ok(Access { reminder, ..access(&duo.call(&ask).await?) })
    }
}

/// The question to Duo for a person named in one of two ways.
pub fn ask(duo: &Duo, username: Option<&Name>, user_id: Option<&Name>) -> Result<AskPreauth, ToolError> {
    match (username, user_id) {
        (Some(named), None) => {
            let me = duo.me(named.as_str())?;
            let username = me.unwrap_or_else(|| duo.defaults().username(named.as_str()));
            Ok(AskPreauth { username: Some(username), user_id: None })
        }
        (None, Some(id)) => Ok(AskPreauth { user_id: Some(id.as_str().to_owned()), username: None }),
        _ => Err(ToolError::Arguments("give exactly one of username and user_id".into())),
    }
}

fn access(answer: &PreauthAnswer) -> Access {
    let devices: Vec<Device> = answer
        .devices
        .iter()
        .map(|device| Device {
            device: device.device.clone(),
            name: device.display_name.clone().or_else(|| device.name.clone()).unwrap_or_default(),
            kind: device.kind.clone().unwrap_or_default(),
            factors: plain_factors(device),
        })
        .collect();
    Access {
        authorized: matches!(answer.result.as_str(), "auth" | "allow"),
        result: answer.result.clone(),
        status_msg: answer.status_msg.clone().unwrap_or_default(),
        factors: factors_of(answer),
        devices,
        reminder: None,
    }
}

/// The factors that the answer's devices have, each once, in plain words.
fn factors_of(answer: &PreauthAnswer) -> Vec<String> {
    let mut factors: Vec<String> = Vec::new();
    for factor in answer.devices.iter().flat_map(plain_factors) {
        if !factors.contains(&factor) {
            factors.push(factor);
        }
    }
    factors
}

/// A device's factors in plain words. A token names no capabilities: it shows passcodes.
fn plain_factors(device: &PreauthDevice) -> Vec<String> {
    if device.capabilities.is_empty() && device.kind.as_deref() == Some("token") {
        return vec!["hardware token passcode".into()];
    }
    let plain = |capability: &String| match capability.as_str() {
        "auto" => None,
        "push" => Some("Duo Push".to_owned()),
        "sms" => Some("SMS passcode".to_owned()),
        "phone" => Some("phone call".to_owned()),
        "mobile_otp" => Some("Duo Mobile passcode".to_owned()),
        other => Some(other.to_owned()),
    };
    device.capabilities.iter().filter_map(plain).collect()
}
