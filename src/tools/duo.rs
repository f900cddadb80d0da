//! A tenant's Duo APIs as a tool sees them: one account, one method, `call`.

use std::sync::Arc;
use std::time::Duration;

use duo_api::{Api, Budget, Call, Child, DuoClient, DuoError, EndpointId, Keys, Params, Unauthorized};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::ToolError;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::connection::AuthDefaults;
use crate::domain::plan::AccountRef;

/// One endpoint of Duo's, with the parameters it takes as fields. Path, method and API stand in the catalogue.
pub trait Endpoint: Serialize + Sync {
    /// The record in the catalogue.
    const ID: EndpointId;
    /// What Duo answers.
    type Answer: DeserializeOwned + Send;
}

/// Where the keys of an account come from; the floor above implements it.
pub trait Account: Send + Sync {
    /// The account, as plans and answers name it.
    fn reference(&self) -> &AccountRef;
    /// How authentications are asked for.
    fn defaults(&self) -> &AuthDefaults;
    /// The names of the tenant's connections, which no child account should have.
    fn connections(&self) -> Vec<String>;
    /// Duo refused the keys that calls of this API are signed with.
    fn refused(&self, api: Api);
    /// The keys for calls of this API on this account; `None` if no verified credential is stored.
    fn keys(&self, api: Api) -> Option<Arc<dyn Keys>>;
}

/// One Duo account, ready to be called.
#[derive(Clone)]
pub struct Duo {
    client: DuoClient,
    account: Arc<dyn Account>,
    clock: Clock,
    deadline: Timestamp,
    /// The caller's username in this account, where a call is under way and its caller has one.
    me: Option<String>,
}

/// What a person may be called who calls.
const ME: &str = "me";

/// A page of a list.
pub struct Listed<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// How many there are in all, where Duo tells it.
    pub total: Option<u64>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<u64>,
}

impl Duo {
    /// The account of one call that has to end by `deadline`.
    pub fn new(client: DuoClient, account: Arc<dyn Account>, clock: Clock, deadline: Timestamp) -> Self {
        Self { client, account, clock, deadline, me: None }
    }

    /// The same account, called by who has this username in it.
    #[must_use]
    pub fn called_by(self, username: Option<String>) -> Self {
        Self { me: username, ..self }
    }

    /// The caller's own username, if `named` is `me`.
    pub fn me(&self, named: &str) -> Result<Option<String>, ToolError> {
        if !named.trim().eq_ignore_ascii_case(ME) {
            return Ok(None);
        }
        self.me.clone().map(Some).ok_or_else(|| ToolError::Rule {
            code: "me_unknown",
            message: "Nobody knows who `me` is in Duo: the caller is a service, or its name gives no Duo username."
                .into(),
            fix: "Name the user. An owner or the operator can set the member's Duo username.".into(),
        })
    }

    /// The account, as plans and answers name it.
    pub fn account(&self) -> &AccountRef {
        self.account.reference()
    }

    /// How authentications are asked for.
    pub fn defaults(&self) -> &AuthDefaults {
        self.account.defaults()
    }

    /// The names of the tenant's connections, which no child account should have.
    pub fn connections(&self) -> Vec<String> {
        self.account.connections()
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The same account, for a call that has to end by `deadline` if that is earlier.
    #[must_use]
    pub fn until(self, deadline: Timestamp) -> Self {
        Self { deadline: self.deadline.min(deadline), ..self }
    }

    /// Whether a verified credential of this API is stored.
    pub fn has(&self, api: Api) -> bool {
        self.account.keys(api).is_some()
    }

    /// Whether less than this is left of the call's time.
    pub fn is_short_of(&self, time: Duration) -> bool {
        self.left() < time
    }

    /// Makes the call and gives Duo's answer.
    pub async fn call<E: Endpoint>(&self, endpoint: &E) -> Result<E::Answer, ToolError> {
        let answer = self.send(E::ID, fields_of(endpoint)?).await?;
        Ok(answer.parse::<E::Answer>()?)
    }

    /// Makes the call and gives Duo's answer with what it says of further pages.
    pub async fn list<E, T>(&self, endpoint: &E) -> Result<Listed<T>, ToolError>
    where
        E: Endpoint<Answer = Vec<T>>,
        T: DeserializeOwned + Send,
    {
        let answer = self.send(E::ID, fields_of(endpoint)?).await?;
        let rows = answer.parse::<Vec<T>>()?;
        let metadata = answer.metadata.as_ref();
        Ok(Listed { rows, total: metadata.and_then(|m| m.total_objects), next: metadata.and_then(|m| m.next_offset) })
    }

    /// Sends exactly these parameters to an endpoint; for the steps of a plan.
    pub async fn send(&self, id: EndpointId, params: Map<String, Value>) -> Result<duo_api::Answer, ToolError> {
        let endpoint = id.endpoint().ok_or_else(|| ToolError::Arguments(format!("unknown endpoint {id}")))?;
        let keys = self.account.keys(endpoint.api).ok_or(ToolError::NoCredential(self.api_of(endpoint.api)))?;
        // The Accounts API's own calls go to the parent, also when they are about a child.
        let to_parent = endpoint.path.starts_with("/accounts/");
        let child = self.account().child.as_ref().filter(|_| !to_parent);
        let call = Call {
            endpoint,
            params: Params::from(params),
            account: child.map(|child| Child { account_id: child.id.clone(), host: child.host.clone() }),
            budget: Budget::within(self.left()),
        };
        let answer = self.client.send(&*keys, &call).await;
        if let Err(DuoError::Unauthorized { why: Unauthorized::IntegrationKey | Unauthorized::Signature, .. }) = answer
        {
            self.account.refused(endpoint.api);
        }
        Ok(answer?)
    }

    /// The credential that a call of this API is signed with: inside a child always the parent's Accounts API.
    fn api_of(&self, api: Api) -> Api {
        if self.account().child.is_some() && api == Api::Admin { Api::Accounts } else { api }
    }

    fn left(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.deadline.0 - self.clock.now().0).unwrap_or(0))
    }
}

fn fields_of<E: Endpoint>(endpoint: &E) -> Result<Map<String, Value>, ToolError> {
    match serde_json::to_value(endpoint) {
        Ok(Value::Object(mut fields)) => {
            fields.retain(|_, value| !value.is_null());
            Ok(fields)
        }
        _ => Err(ToolError::Arguments(format!("the parameters of {} do not form an object", E::ID))),
    }
}
