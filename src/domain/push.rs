//! Pushes, text messages and calls to people, each followed to its end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::ids::{ConnectionId, PushId, TenantId};

/// How an authentication stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PushState {
    /// Counted, and about to be sent.
    Reserved,
    /// Sent; the person has not answered.
    Waiting,
    /// The person, or the passcode, said yes.
    Allow,
    /// The person said no, the passcode was wrong, or Duo refused.
    Deny,
    /// The person said that it was not them.
    Fraud,
    /// The person did not answer in time.
    Timeout,
    /// New passcodes were sent; nothing was authenticated.
    Sent,
    /// It was not sent.
    NotSent,
    /// Sent, and how it ended could not be learned.
    Unknown,
}

impl PushState {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Reserved,
        Self::Waiting,
        Self::Allow,
        Self::Deny,
        Self::Fraud,
        Self::Timeout,
        Self::Sent,
        Self::NotSent,
        Self::Unknown,
    ];

    /// The state as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Waiting => "waiting",
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Fraud => "fraud",
            Self::Timeout => "timeout",
            Self::Sent => "sent",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
        }
    }

    /// The state that this text names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether the person has yet to answer.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Reserved | Self::Waiting)
    }
}

/// One push, text message or call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// Its identifier.
    pub id: PushId,
    /// Whose account it went through.
    pub tenant: TenantId,
    /// The connection it went through.
    pub connection: ConnectionId,
    /// The key or grant that asked, by its identifier; of a push that is a proof, a hash of what it proves.
    pub caller: String,
    /// The user id that Duo resolved; what the caps count by.
    pub user_id: String,
    /// The person's username.
    pub username: String,
    /// How the person was asked.
    pub factor: String,
    /// Duo's transaction, once there is one.
    pub txid: Option<String>,
    /// How it stands.
    pub state: PushState,
    /// Duo's own word for it.
    pub status: Option<String>,
    /// Duo's own sentence for it.
    pub status_msg: Option<String>,
    /// When it was counted.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// How many pushes are allowed, over all replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushCaps {
    /// The most to one person in `person_window_ms`.
    pub per_person: i64,
    /// The most passcodes tried for one person in `person_window_ms`.
    pub passcodes_per_person: i64,
    /// The window for one person.
    pub person_window_ms: i64,
    /// The most for one tenant in an hour.
    pub per_tenant_hour: i64,
    /// How long a person is left alone after a denial or a fraud report.
    pub cool_down_ms: i64,
}

/// Why a push was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushRefused {
    /// One is already on its way to this person.
    OneIsWaiting,
    /// This person had as many as are allowed.
    Person {
        /// When the next is allowed.
        retry_at: Timestamp,
    },
    /// This tenant sent as many as are allowed.
    Tenant {
        /// When the next is allowed.
        retry_at: Timestamp,
    },
    /// This person said no, or reported fraud, a while ago.
    CoolDown {
        /// When the next is allowed.
        retry_at: Timestamp,
    },
}
