//! `get_user`: everything a helpdesk asks of one person.

use duo_api::model::{AuthLog, User};
use duo_api::{Api, EndpointId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::card::{Card, Toolset};
use crate::domain::scope::Scope;
use crate::tools::arguments::Name;
use crate::tools::declare::{Answer, Read};
use crate::tools::duo::Duo;
use crate::tools::endpoint::logs::Authentication;
use crate::tools::endpoint::users::UsersBypassCodes;
use crate::tools::error::ToolError;
use crate::tools::find;
use crate::tools::records::{PhoneRow, UserField, UserRow, effective_status, is_synced, moment};

/// Duo counts seven days from the trash to the end, unless the account's settings say otherwise.
pub const TRASH_DAYS: i64 = 7;
/// How far back recent logins are looked for.
const LOGIN_DAYS: i64 = 30;

/// Shows one person: status and what sets it, groups, aliases, notes, and what `include` asks for.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetUser {
    /// Connection or child account, by name or id; may be left out when there is one connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub account: Option<Name>,
    /// The person: user_id, username, alias or e-mail address, in any case; or me.
    // Other servers' clients say it so; it is taken and not advertised.
    #[serde(alias = "user_id", alias = "username")]
    pub user: Name,
    /// What to add. recent_logins needs the scope duo:logs.
    #[serde(default)]
    pub include: Vec<Include>,
}

/// What can be added to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Include {
    /// The phones.
    Phones,
    /// The hardware tokens.
    Tokens,
    /// The security keys.
    Webauthn,
    /// The desktop authenticators.
    Desktop,
    /// How many bypass codes there are, and whether one has no end.
    BypassCodes,
    /// The last ten logins of thirty days.
    RecentLogins,
}

/// A person.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Person {
    /// The person's columns.
    pub user: UserRow,
    /// The status that counts: a group's status overrides the user's own.
    pub effective_status: String,
    /// The group that sets it, when one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub status_set_by_group: Option<String>,
    /// Why the person is locked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub lockout_reason: Option<String>,
    /// Whether a directory manages the person; such a person is trashed, restored and disabled in the directory.
    pub managed_by_directory: bool,
    /// For a person in the trash: what happens next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub trash: Option<String>,
    /// The phones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<PhoneRow>")]
    pub phones: Option<Vec<PhoneRow>>,
    /// The hardware tokens: type and serial number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub tokens: Option<Vec<String>>,
    /// The security keys, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub security_keys: Option<Vec<String>>,
    /// The desktop authenticators, by device name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub desktop_authenticators: Option<Vec<String>>,
    /// The bypass codes, counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BypassCount")]
    pub bypass_codes: Option<BypassCount>,
    /// The last logins, newest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Login>")]
    pub recent_logins: Option<Vec<Login>>,
}

/// How many bypass codes a person has; the codes are never shown.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BypassCount {
    /// How many.
    pub codes: usize,
    /// How many of them never expire.
    pub without_end: usize,
}

/// A login.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Login {
    /// When.
    pub at: String,
    /// success, denied, fraud, …
    pub result: String,
    /// Duo's reason.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The factor.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub factor: String,
    /// The application.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub application: String,
    /// From where: address and place.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
}

impl Answer for Person {
    fn summary(&self) -> String {
        let by = self.status_set_by_group.as_ref().map(|group| format!(" by the group {group}")).unwrap_or_default();
        format!("{} is {}{by}.", self.user.username, self.effective_status)
    }
}

impl Read for GetUser {
    const CARD: Card = Card::read("get_user", "Show a user", Toolset::Users).by_default();
    const PARTS: &'static [EndpointId] = &[
        EndpointId("users_list"),
        EndpointId("users_get"),
        EndpointId("users_bypass_codes_list"),
        EndpointId("logs_authentication"),
    ];
    type Output = Person;

    fn also_needs(&self) -> Option<Scope> {
        self.include.contains(&Include::RecentLogins).then_some(Scope::Logs)
    }

    async fn run(self, duo: Duo) -> Result<Person, ToolError> {
        let user = find::person(&duo, self.user.as_str()).await?;
        let mut person = person(&user);
        for include in &self.include {
            match include {
                Include::Phones => person.phones = Some(user.phones.iter().map(PhoneRow::of).collect()),
                Include::Tokens => person.tokens = Some(tokens(&user)),
                Include::Webauthn => person.security_keys = Some(security_keys(&user)),
                Include::Desktop => person.desktop_authenticators = Some(desktops(&user)),
                Include::BypassCodes => person.bypass_codes = Some(bypass_codes(&duo, &user).await?),
                Include::RecentLogins => person.recent_logins = Some(recent_logins(&duo, &user).await?),
            }
        }
        Ok(person)
    }
}

fn person(user: &User) -> Person {
    let (effective_status, status_set_by_group) = effective_status(user);
    let fields = [
        UserField::Realname,
        UserField::Enrolled,
        UserField::Groups,
        UserField::Aliases,
        UserField::Notes,
        UserField::Created,
        UserField::SecurityKeys,
    ];
    let in_trash = user.status.as_str() == "pending deletion";
    Person {
        user: UserRow::of(user, &fields),
        effective_status,
        status_set_by_group,
        lockout_reason: user.lockout_reason.clone().filter(|reason| !reason.is_empty()),
        managed_by_directory: is_synced(user),
        trash: in_trash.then(|| {
            format!("In the trash: deleted for good {TRASH_DAYS} days after it was put there, unless the account's settings say otherwise.")
        }),
        phones: None,
        tokens: None,
        security_keys: None,
        desktop_authenticators: None,
        bypass_codes: None,
        recent_logins: None,
    }
}

fn tokens(user: &User) -> Vec<String> {
    let line =
        |kind: Option<&str>, serial: Option<&str>| format!("{} {}", kind.unwrap_or("token"), serial.unwrap_or(""));
    user.tokens.iter().map(|token| line(token.kind.as_deref(), token.serial.as_deref())).collect()
}

fn security_keys(user: &User) -> Vec<String> {
    user.webauthncredentials.iter().map(|key| key.credential_name.clone().unwrap_or_default()).collect()
}

fn desktops(user: &User) -> Vec<String> {
    user.desktop_authenticators.iter().map(|one| one.device_name.clone().unwrap_or_default()).collect()
}

async fn bypass_codes(duo: &Duo, user: &User) -> Result<BypassCount, ToolError> {
    let ask = UsersBypassCodes { user_id: user.user_id.clone(), limit: Some(100) };
    let codes = duo.call(&ask).await?;
    Ok(BypassCount { codes: codes.len(), without_end: codes.iter().filter(|code| code.expiration.is_none()).count() })
}

async fn recent_logins(duo: &Duo, user: &User) -> Result<Vec<Login>, ToolError> {
    if !duo.has(Api::Admin) {
        return Err(ToolError::NoCredential(Api::Admin));
    }
    let now = duo.now();
    let ask = Authentication {
        mintime: now.plus_seconds(-86_400 * LOGIN_DAYS).0,
        maxtime: now.0,
        limit: Some(10),
        sort: Some("ts:desc".into()),
        users: Some(user.user_id.clone()),
    };
    let logs = duo.call(&ask).await?;
    Ok(logs.authlogs.iter().map(login).collect())
}

fn login(log: &AuthLog) -> Login {
    let from = log.access_device.as_ref().map(|device| {
        let place = device.location.as_ref().and_then(|place| place.city.clone()).unwrap_or_default();
        [device.ip.clone().unwrap_or_default(), place]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    });
    Login {
        at: moment(log.timestamp),
        result: log.result.clone().unwrap_or_default(),
        reason: log.reason.clone().unwrap_or_default(),
        factor: log.factor.clone().unwrap_or_default(),
        application: log.application.as_ref().and_then(|app| app.name.clone()).unwrap_or_default(),
        from: from.unwrap_or_default(),
    }
}
