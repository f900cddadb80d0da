//! Operations: changes as rows, each with one life.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::actor::Actor;
use super::card::Level;
use super::clock::Timestamp;
use super::connection::Sealed;
use super::ids::{OperationId, TenantId};

/// Where an operation stands in its life.
///
/// `asking` and `waiting` are the beginnings of what needs a yes; `running` of what does not. From `running` on, one
/// replica holds a lease; a lease that has run out is taken over by any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    /// The client was handed a form.
    Asking,
    /// It waits for an approval over another channel.
    Waiting,
    /// Somebody said yes; nobody has taken it yet.
    Approved,
    /// A replica is carrying it out.
    Running,
    /// Every object was dealt with, each as its result says.
    Done,
    /// Nothing was changed; the results say why.
    Failed,
    /// Somebody said no.
    Denied,
    /// Nobody said anything in time.
    Expired,
    /// It was taken back before it ran: by the caller, or because the caller's key or tenant is gone.
    Cancelled,
    /// Sent, and whether it happened cannot be seen.
    OutcomeUnknown,
}

impl OperationState {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Asking,
        Self::Waiting,
        Self::Approved,
        Self::Running,
        Self::Done,
        Self::Failed,
        Self::Denied,
        Self::Expired,
        Self::Cancelled,
        Self::OutcomeUnknown,
    ];

    /// The state as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::OutcomeUnknown => "outcome_unknown",
        }
    }

    /// The state that this text names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether nothing will change any more.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Asking | Self::Waiting | Self::Approved | Self::Running)
    }
}

/// An operation as it is stored. What will be sent is sealed; what a person needs to judge it is not.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Its identifier.
    pub id: OperationId,
    /// Whose accounts it changes.
    pub tenant: TenantId,
    /// The tool that was called.
    pub tool: String,
    /// The level of the call.
    pub level: Level,
    /// The name of the account.
    pub account: String,
    /// Who asked.
    pub caller: Actor,
    /// What will happen, in a sentence.
    pub title: String,
    /// How many objects it touches.
    pub objects: i64,
    /// Names what exactly will be sent; keyed, so that it tells nothing.
    pub digest: String,
    /// The plan, sealed under the tenant's data key; `None` once it is over.
    pub payload: Option<Sealed>,
    /// Where it stands.
    pub state: OperationState,
    /// Who said yes or no.
    pub decided_by: Option<Actor>,
    /// What came of each object, once known.
    pub results: Vec<ItemResult>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the question runs out.
    pub expires_at: Timestamp,
    /// When somebody said yes or no.
    pub decided_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

/// What came of one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ItemResult {
    /// The object's id in Duo, once it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub id: Option<String>,
    /// The object's name.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Why, when it was not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub message: Option<String>,
    /// What the object is now, as far as it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "serde_json::Map<String, Value>")]
    pub now: Option<Value>,
}

/// What came of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done, and seen to be done where it can be seen.
    Done,
    /// Nothing was to be done: it was so already.
    Already,
    /// Not done, for a reason known beforehand.
    Refused,
    /// Duo refused it, or it was not seen to have happened.
    Failed,
    /// Sent, and whether it happened cannot be seen.
    Unknown,
}

/// One step's life inside an operation: at most one request is under way at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRow {
    /// Its place in the plan, from zero.
    pub position: i64,
    /// How often it was sent.
    pub attempts: i64,
    /// Until when a request that was sent may still arrive.
    pub send_deadline: Option<Timestamp>,
    /// What came of it, one entry for each of its objects; `None` while not known.
    pub results: Option<Vec<ItemResult>>,
}
