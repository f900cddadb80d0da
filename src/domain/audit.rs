//! What is written down of a call: ids, outcome, time; never a secret or a person.

use serde::{Deserialize, Serialize};

use super::actor::Actor;
use super::card::Level;
use super::clock::Timestamp;
use super::ids::{EventId, OperationId, RequestId, TenantId};

/// A row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// Its identifier.
    pub id: EventId,
    /// Whose row it is; `None` for acts of the house (an operator key, a start).
    pub tenant: Option<TenantId>,
    /// When it was written.
    pub at: Timestamp,
    /// Who acted.
    pub actor: Actor,
    /// The tool, or the act (`tenant.suspend`, `credential.put`, `operation.approve`).
    pub action: String,
    /// The account, by the name that answers call it.
    pub account: Option<String>,
    /// A keyed digest of the arguments: the same call has the same digest, and it tells nothing.
    pub digest: Option<String>,
    /// The call's level.
    pub level: Option<Level>,
    /// How it ended, or that it is about to begin.
    pub outcome: AuditOutcome,
    /// The stable code of an error or a denial.
    pub code: Option<String>,
    /// The ids that it is about: a user, an account, a key; never names or addresses.
    pub objects: Vec<String>,
    /// The operation that it belongs to.
    pub operation: Option<OperationId>,
    /// The request that it belongs to.
    pub request: Option<RequestId>,
    /// How long it took.
    pub duration_ms: Option<i64>,
}

impl AuditEvent {
    /// Something that was done, of the house, about nothing: who writes it down says the rest.
    pub fn done(id: EventId, at: Timestamp, actor: Actor, action: impl Into<String>) -> Self {
        Self {
            id,
            tenant: None,
            at,
            actor,
            action: action.into(),
            account: None,
            digest: None,
            level: None,
            outcome: AuditOutcome::Ok,
            code: None,
            objects: Vec::new(),
            operation: None,
            request: None,
            duration_ms: None,
        }
    }
}

/// How what is written down ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// About to begin; committed before anything is sent.
    Intent,
    /// It was done.
    Ok,
    /// It was not allowed.
    Denied,
    /// It is held until somebody says yes.
    Held,
    /// It failed.
    Failed,
    /// Whether it happened cannot be seen.
    Unknown,
}

impl AuditOutcome {
    /// The outcome as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Ok => "ok",
            Self::Denied => "denied",
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// The outcome that this text names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Intent, Self::Ok, Self::Denied, Self::Held, Self::Failed, Self::Unknown]
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
    }
}
