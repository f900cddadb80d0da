//! The live check of a credential: does Duo accept it, and what may it do?

use std::time::Duration;

use duo_api::{Api, Budget, Call, DuoClient, DuoError, EndpointId, Forbidden, Grant, Keys, Unauthorized, Unreached};
use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use crate::domain::clock::Timestamp;

/// One cheap read for each grant that can be seen without writing. The grant stands in the endpoint's record.
const PROBES: [&str; 5] = ["info_summary", "users_list", "admins_list", "logs_authentication", "settings_get"];

/// The grants that show only when something is written, or when a secret is read, which a check does not do.
const UNSEEN: [Grant; 3] = [Grant::ResourceWrite, Grant::AdministratorsWrite, Grant::Applications];

/// How the sentence about them begins.
pub(in crate::tenants) const UNSEEN_SENTENCE: &str = "Unknown until used: ";

/// How long one read may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probed {
    /// The grants that the application has for sure, in the panel's words.
    pub grants: Vec<String>,
    /// What a person should know: a grant that is missing, one that cannot be seen. A sentence each.
    pub notices: Vec<String>,
}

/// Why a credential is not accepted. Told apart, because each is put right in another place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refuted {
    /// Nothing was reached.
    #[error("{host} cannot be reached: {why}. Check the API hostname, or store the credential without verifying it")]
    Unreachable {
        /// The host.
        host: String,
        /// What failed.
        why: Unreached,
    },
    /// 40102.
    #[error("Duo does not know this integration key at this API hostname")]
    IntegrationKey,
    /// 40103.
    #[error("the secret key does not belong to this integration key, or it was reset")]
    SecretKey,
    /// 40105, after correction by Duo's own clock.
    #[error("Duo does not accept the time of the request: check this machine's clock")]
    Clock,
    /// 40301 with "wrong integration type".
    #[error("these are not the keys of an {} application", .0.title())]
    WrongApplication(Api),
    /// 403 for the check itself.
    #[error(
        "Duo does not allow this application to be used from here: look at its allowed networks and its permissions"
    )]
    Forbidden,
    /// Duo is there and cannot answer now.
    #[error("Duo cannot check the credential now ({0}): try again, or store it without verifying it")]
    NotNow(String),
}

impl Refuted {
    /// Whether it may have been a guess at somebody's keys.
    pub fn is_wrong_key(&self) -> bool {
        matches!(self, Self::IntegrationKey | Self::SecretKey)
    }

    /// Whether Duo said that the keys are of no use, rather than nothing.
    pub fn is_verdict(&self) -> bool {
        matches!(self, Self::IntegrationKey | Self::SecretKey | Self::WrongApplication(_))
    }
}

/// What one read says about its grant.
enum Seen {
    Has(Grant),
    Lacks(Grant),
    Unknown(Grant, String),
}

/// Asks Duo whether the keys work, and what they may do.
pub async fn probe(client: &DuoClient, keys: &dyn Keys, api: Api, now: Timestamp) -> Result<Probed, Refuted> {
    match api {
        Api::Auth => check(client, keys, api, "auth_check").await.map(|()| Probed::default()),
        Api::Accounts => check(client, keys, api, "accounts_list").await.map(|()| Probed::default()),
        Api::Admin => admin(client, keys, now).await,
    }
}

async fn check(client: &DuoClient, keys: &dyn Keys, api: Api, endpoint: &str) -> Result<(), Refuted> {
    match send(client, keys, endpoint, Map::new()).await {
        Ok(()) => Ok(()),
        Err(error) => Err(verdict(&error, api).unwrap_or_else(|| match error {
            DuoError::Forbidden { .. } => Refuted::Forbidden,
            other => Refuted::NotNow(other.to_string()),
        })),
    }
}

async fn admin(client: &DuoClient, keys: &dyn Keys, now: Timestamp) -> Result<Probed, Refuted> {
    // The first read alone finds wrong keys, so that they are tried once and not five times.
    let [first, rest @ ..] = PROBES;
    let mut seen = vec![see(client, keys, first, now).await?];
    let others = join_all(rest.into_iter().map(|endpoint| see(client, keys, endpoint, now))).await;
    for each in others {
        seen.push(each?);
    }
    // No answer at all says nothing for the keys: they may not even open.
    if let [Seen::Unknown(_, why), rest @ ..] = seen.as_slice()
        && rest.iter().all(|each| matches!(each, Seen::Unknown(..)))
    {
        return Err(Refuted::NotNow(why.clone()));
    }
    let mut probed = Probed::default();
    for each in seen {
        match each {
            Seen::Has(grant) => probed.grants.push(grant.words().to_owned()),
            Seen::Lacks(grant) => probed.notices.push(format!(
                "The application lacks \"{grant}\" (or this network is not among its allowed ones): tick it in the \
                 Admin Panel for the tools that need it."
            )),
            Seen::Unknown(grant, why) => {
                probed.notices.push(format!("Whether the application has \"{grant}\" could not be seen: {why}."));
            }
        }
    }
    let unseen: Vec<String> = UNSEEN.iter().map(|grant| format!("\"{grant}\"")).collect();
    probed.notices.push(format!("{UNSEEN_SENTENCE}{}.", unseen.join(", ")));
    Ok(probed)
}

async fn see(client: &DuoClient, keys: &dyn Keys, endpoint: &str, now: Timestamp) -> Result<Seen, Refuted> {
    let record = EndpointId::find(endpoint).and_then(EndpointId::endpoint);
    let grant = record.and_then(|record| record.grant);
    let grant = grant.ok_or_else(|| Refuted::NotNow(format!("the catalogue lacks {endpoint}")))?;
    match send(client, keys, endpoint, arguments(endpoint, now)).await {
        Ok(()) => Ok(Seen::Has(grant)),
        Err(DuoError::Forbidden { why: Forbidden::Access, .. }) => Ok(Seen::Lacks(grant)),
        Err(error) => match verdict(&error, Api::Admin) {
            Some(refuted) => Err(refuted),
            None => Ok(Seen::Unknown(grant, error.to_string())),
        },
    }
}

/// One record, or one minute of the log: the least that shows the grant.
fn arguments(endpoint: &str, now: Timestamp) -> Map<String, Value> {
    let arguments = match endpoint {
        "users_list" | "admins_list" => json!({"limit": 1}),
        "logs_authentication" => json!({"mintime": now.plus_seconds(-60).0, "maxtime": now.0, "limit": 1}),
        _ => json!({}),
    };
    if let Value::Object(arguments) = arguments { arguments } else { Map::new() }
}

async fn send(
    client: &DuoClient,
    keys: &dyn Keys,
    endpoint: &str,
    arguments: Map<String, Value>,
) -> Result<(), DuoError> {
    let record = EndpointId::find(endpoint).and_then(EndpointId::endpoint);
    let record = record.ok_or(DuoError::Unreadable { status: 0, why: "the catalogue lacks an endpoint" })?;
    let call = Call { endpoint: record, params: arguments.into(), account: None, budget: Budget::within(PATIENCE) };
    client.send(keys, &call).await.map(|_| ())
}

/// What an error says about the keys or the way to Duo; `None` when it says nothing about them.
fn verdict(error: &DuoError, api: Api) -> Option<Refuted> {
    match error {
        DuoError::Unreachable { host, why } => Some(Refuted::Unreachable { host: host.to_string(), why: *why }),
        DuoError::Unauthorized { why: Unauthorized::IntegrationKey, .. } => Some(Refuted::IntegrationKey),
        DuoError::Unauthorized { why: Unauthorized::Signature, .. } => Some(Refuted::SecretKey),
        DuoError::Unauthorized { why: Unauthorized::Timestamp, .. } => Some(Refuted::Clock),
        DuoError::Unauthorized { why: Unauthorized::Other, refusal } => Some(Refuted::NotNow(refusal.to_string())),
        DuoError::Forbidden { why: Forbidden::WrongApplication, .. } => Some(Refuted::WrongApplication(api)),
        _ => None,
    }
}
