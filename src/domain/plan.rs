//! A change, resolved: what is sent, to whom, and how one sees that it happened.

use duo_api::{AccountId, ApiHost};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::card::Level;
use super::ids::ConnectionId;

/// The Duo account that a call is about: a connection's own, or a child reached through it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRef {
    /// The connection.
    pub connection: ConnectionId,
    /// What answers call it: the connection's name, or the child's name in Duo.
    pub name: String,
    /// The child account, when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child: Option<ChildRef>,
}

/// A child account as a plan remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildRef {
    /// Duo's identifier.
    pub id: AccountId,
    /// Where its API answers.
    pub host: ApiHost,
}

/// A change in which every name has become an immutable id and every refusal is known beforehand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The account that it changes.
    pub account: AccountRef,
    /// The level of this call.
    pub level: Level,
    /// One sentence that a person reads: what will happen, to what.
    pub title: String,
    /// What follows from it, a sentence each: what cannot be undone, what moves, who is told.
    pub effects: Vec<String>,
    /// What is sent, in order.
    pub steps: Vec<Step>,
    /// What was asked for and will not be done, with the reason.
    pub refused: Vec<Refusal>,
    /// What a person types in the client's form to show that the form was read.
    pub phrase: String,
    /// The push, text message or call that it sends to a person, if it does.
    pub reaches: Option<Reach>,
}

/// One request to Duo and what it is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The endpoint's id in the catalogue.
    pub endpoint: String,
    /// Its parameters, exactly as they will be sent.
    pub params: Map<String, Value>,
    /// The objects that it changes.
    pub subjects: Vec<Subject>,
    /// How one sees that it happened.
    pub read_back: ReadBack,
}

/// An object that a step changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its id in Duo; for what is about to be made, empty.
    pub id: String,
    /// Its name, as a person knows it.
    pub name: String,
    /// What it was before, as far as undoing needs to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

/// Something that was asked for and will not be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Refusal {
    /// The object, by the name that was given.
    pub name: String,
    /// A stable word for the reason.
    pub code: String,
    /// The reason and what to do, in a sentence.
    pub message: String,
}

/// A push, text message or call to a person; counted against the caps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The user id that Duo resolved.
    pub user_id: String,
    /// The person's username.
    pub username: String,
    /// How: push, sms, phone, auto, passcode.
    pub factor: String,
}

/// How one sees, by reading Duo, whether a step happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReadBack {
    /// The user has these values.
    UserFields {
        /// The user.
        user_id: String,
        /// Field and value, as `GET /admin/v1/users/{id}` shows them.
        fields: Map<String, Value>,
    },
    /// The users of the step are in the trash.
    InTrash,
    /// The users of the step are out of the trash.
    OutOfTrash,
    /// Users with the names of the step's subjects exist.
    UsersExist,
    /// An account of the subject's name exists that was not there before.
    AccountExists {
        /// The ids that had this name before.
        known: Vec<String>,
    },
    /// The subject's account is gone.
    AccountGone,
    /// The account has this edition.
    Edition {
        /// The edition.
        edition: String,
    },
    /// The account has this many credits.
    Credits {
        /// The credits.
        credits: i64,
    },
    /// It cannot be seen: a push, a text message, a passcode that was used up.
    Unseen,
}

impl Plan {
    /// How many objects the plan changes.
    pub fn objects(&self) -> usize {
        self.steps.iter().map(|step| step.subjects.len()).sum()
    }
}
