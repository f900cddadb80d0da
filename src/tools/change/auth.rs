//! `auth`: asks a person for a second factor.

use duo_api::model::PreauthDevice;
use duo_api::{Api, EndpointId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::card::{Card, Level, Toolset};
use crate::domain::plan::{Plan, Reach, ReadBack, Subject};
use crate::domain::scope::Scope;
use crate::tools::arguments::{Name, Text};
use crate::tools::declare::Change;
use crate::tools::duo::Duo;
use crate::tools::endpoint::auth::{AUTH, Preauth};
use crate::tools::error::ToolError;
use crate::tools::find;
use crate::tools::planning::{plan, step};
use crate::tools::read::ask_preauth;

/// Sends a person a Duo Push, a text message or a call, or checks a passcode. Answers a txid at once: ask auth_status how it ended.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Connection to use, by name; may be left out when there is one.
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
    /// How to ask. sms sends new passcodes and authenticates nobody by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Factor")]
    pub factor: Option<Factor>,
    /// A device id from preauth; left out, Duo chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub device: Option<Name>,
    /// The passcode that the person told you; only with factor passcode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Text<4, 64>")]
    pub passcode: Option<Text<4, 64>>,
    /// Why the person is asked; the phone shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Text<1, 120>")]
    pub reason: Option<Text<1, 120>>,
}

/// How a person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Factor {
    /// Whatever the person's device does best.
    Auto,
    /// A push to Duo Mobile.
    Push,
    /// A passcode that the person reads out.
    Passcode,
    /// New passcodes by text message.
    Sms,
    /// A phone call.
    Phone,
}

impl Factor {
    fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Push => "push",
            Self::Passcode => "passcode",
            Self::Sms => "sms",
            Self::Phone => "phone",
        }
    }
}

/// The parameter that the corridor fills with who asks.
pub const PUSHINFO: &str = "pushinfo";

impl Change for Auth {
    const CARD: Card = Card::change("auth", "Ask a user for a second factor", Toolset::Auth, Scope::Auth, Level::L1)
        .by_default()
        .reaching_people();
    const PARTS: &'static [EndpointId] =
        &[EndpointId("auth_preauth"), EndpointId("auth_auth"), EndpointId("users_list"), EndpointId("users_get")];

    async fn plan(self, duo: Duo) -> Result<Plan, ToolError> {
        let factor = self.factor();
        if (factor == Factor::Passcode) != self.passcode.is_some() {
            return Err(ToolError::Arguments("give passcode with factor passcode, and with no other factor".into()));
        }
        let mut ask = ask_preauth(&duo, self.username.as_ref(), self.user_id.as_ref())?;
        let mut person = ask.username.clone().or_else(|| ask.user_id.clone()).unwrap_or_default();
        // The caps count people, not spellings: where the directory can be read, every name becomes the one id.
        if duo.has(Api::Admin) {
            // A username is the account's already; only an id is none.
            let user = match &ask.username {
                Some(username) => find::called(&duo, username, username.clone()).await?,
                None => find::user(&duo, &person).await?,
            };
            person.clone_from(&user.username);
            ask = Preauth { user_id: Some(user.user_id), username: None };
        }
        let access = duo.call(&ask).await?;
        can_be_asked(&access.result, &person)?;
        self.has_a_device(factor, &access.devices, &person)?;
        let who = ask.user_id.clone().unwrap_or_else(|| same_person(&person, &access.devices));
        let mut params = json!({ "factor": factor.as_str(), "async": "1" });
        match (&ask.username, &ask.user_id) {
            (Some(username), _) => params["username"] = json!(username),
            (_, Some(id)) => params["user_id"] = json!(id),
            _ => {}
        }
        if factor == Factor::Passcode {
            params["passcode"] = json!(self.passcode.as_ref().map(Text::as_str));
        } else {
            params["device"] = json!(self.device.as_ref().map_or("auto", Name::as_str));
        }
        if matches!(factor, Factor::Push | Factor::Auto) {
            params["type"] = json!("AI request");
            params[PUSHINFO] = json!(self.reason.as_ref().map_or("", Text::as_str));
        }
        let mut plan = plan(&duo, Level::L1, title(factor, &person));
        plan.phrase.clone_from(&person);
        plan.reaches = Some(Reach { user_id: who, username: person.clone(), factor: factor.as_str().into() });
        let subject = Subject { id: ask.user_id.unwrap_or_default(), name: person, before: None };
        plan.steps.push(step(AUTH, params, vec![subject], ReadBack::Unseen));
        Ok(plan)
    }
}

impl Auth {
    fn factor(&self) -> Factor {
        self.factor.unwrap_or(if self.passcode.is_some() { Factor::Passcode } else { Factor::Auto })
    }

    /// Refuses beforehand what Duo would refuse: a factor that no device of the person has.
    fn has_a_device(&self, factor: Factor, devices: &[PreauthDevice], person: &str) -> Result<(), ToolError> {
        let wanted = match factor {
            Factor::Passcode => return Ok(()),
            Factor::Auto => None,
            other => Some(other.as_str()),
        };
        let named = |device: &&PreauthDevice| {
            self.device.as_ref().is_none_or(|id| id.as_str() == "auto" || device.device == id.as_str())
        };
        let able = |device: &PreauthDevice| match wanted {
            None => !device.capabilities.is_empty(),
            Some(factor) => device.capabilities.iter().any(|one| one == factor),
        };
        if devices.iter().filter(named).any(able) {
            return Ok(());
        }
        Err(ToolError::Rule {
            code: "no_capable_device",
            message: format!(
                "{person} has no device for the factor {}{}.",
                factor.as_str(),
                if self.device.is_some() { " among those named" } else { "" }
            ),
            fix: "See what the person can use with preauth, and choose one of those factors or devices.".into(),
        })
    }
}

fn title(factor: Factor, person: &str) -> String {
    match factor {
        Factor::Passcode => format!("Check a passcode of {person}"),
        Factor::Sms => format!("Send {person} new passcodes by text message"),
        other => format!("Ask {person} for a second factor ({})", other.as_str()),
    }
}

/// Whether Duo would ask the person at all, by what its preauth says.
fn can_be_asked(result: &str, person: &str) -> Result<(), ToolError> {
    let (code, why) = match result {
        "auth" => return Ok(()),
        // Duo would answer "allow" without asking anybody, and a helpdesk would take that for a verified caller.
        "allow" => ("user_in_bypass", "would be let in by Duo without being asked, so asking verifies nobody"),
        "enroll" => ("user_not_enrolled", "has no factor yet and has to enroll one"),
        _ => ("user_denied", "may not log in (disabled, locked out or not permitted)"),
    };
    Err(no_access(code, person, why))
}

/// What the caps count by when the directory cannot be read: two names with the same devices are one person.
fn same_person(name: &str, devices: &[PreauthDevice]) -> String {
    let mut ids: Vec<&str> = devices.iter().map(|device| device.device.as_str()).collect();
    ids.sort_unstable();
    if ids.is_empty() { format!("name:{}", name.to_lowercase()) } else { format!("devices:{}", ids.join("+")) }
}

fn no_access(code: &'static str, person: &str, why: &str) -> ToolError {
    ToolError::Rule {
        code,
        message: format!("{person} {why}; nothing was sent."),
        fix: "Look at the user with get_user to see the status and what sets it.".into(),
    }
}

/// The pairs that the phone shows, as Duo takes them: who asks comes first and cannot be written by the model.
pub fn push_info(asker: &str, reason: &str, own: Option<&str>) -> Value {
    let mut pairs = vec![("Asked by", asker.to_owned())];
    if !reason.is_empty() {
        pairs.push(("Reason", reason.to_owned()));
    }
    let mut text: String = pairs
        .iter()
        .map(|(key, value)| format!("{}={}", duo_api::sign::percent_encode(key), duo_api::sign::percent_encode(value)))
        .collect::<Vec<_>>()
        .join("&");
    if let Some(own) = own.filter(|own| !own.is_empty()) {
        text.push('&');
        text.push_str(own);
    }
    json!(text)
}
