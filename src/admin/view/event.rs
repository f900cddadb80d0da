//! A row of the audit log as answers show it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::actor::Actor;
use crate::domain::audit::AuditEvent;

/// A row of the audit log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EventView {
    /// Its identifier.
    pub id: String,
    /// Whose row it is; left out for acts of the house.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// When it was written.
    pub at: String,
    /// Who acted.
    pub actor: Actor,
    /// The tool, or the act.
    pub action: String,
    /// The account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// A keyed digest of the arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The call's level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// How it ended, or that it is about to begin.
    pub outcome: String,
    /// The stable code of an error or a denial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The ids that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<String>,
    /// The operation that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The request that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
}

impl From<&AuditEvent> for EventView {
    fn from(event: &AuditEvent) -> Self {
        Self {
            id: event.id.to_string(),
            tenant: event.tenant.as_ref().map(ToString::to_string),
            at: event.at.to_string(),
            actor: event.actor.clone(),
            action: event.action.clone(),
            account: event.account.clone(),
            digest: event.digest.clone(),
            level: event.level.map(|level| level.to_string()),
            outcome: event.outcome.as_str().to_owned(),
            code: event.code.clone(),
            objects: event.objects.clone(),
            operation: event.operation.as_ref().map(ToString::to_string),
            request: event.request.as_ref().map(ToString::to_string),
            duration_ms: event.duration_ms,
        }
    }
}
