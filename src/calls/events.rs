//! The audit rows of calls.

use serde_json::Value;

use super::corridor::CallRequest;
use super::error::CallError;
use super::parts::Calls;
use crate::audit::digest;
use crate::domain::actor::{Actor, Caller};
use crate::domain::audit::{AuditEvent, AuditOutcome};
use crate::domain::ids::{EventId, RequestId};
use crate::domain::operation::{Operation, OperationState};
use crate::domain::plan::Plan;

impl Calls {
    /// The row of a call: ids and a keyed digest, no names and no secrets.
    pub(super) fn event(&self, call: &CallRequest, outcome: AuditOutcome) -> Result<AuditEvent, CallError> {
        let arguments = Value::Object(call.arguments.clone());
        let known = crate::tools::catalog::find(&call.tool).is_some();
        Ok(AuditEvent {
            tenant: Some(call.caller.tenant.clone()),
            account: Self::account_named(call),
            digest: Some(digest(&self.parts().keyring.house, &call.caller.tenant, &call.tool, &arguments)),
            outcome,
            request: call.request.clone(),
            ..AuditEvent::done(
                EventId::new(&self.parts().random)?,
                self.now(),
                call.caller.actor(),
                if known { call.tool.clone() } else { "unknown_tool".into() },
            )
        })
    }

    /// The row of an act that has no account and no arguments worth a digest.
    pub(super) fn plain_event(
        &self,
        caller: &Caller,
        action: &str,
        outcome: AuditOutcome,
        request: Option<RequestId>,
    ) -> Result<AuditEvent, CallError> {
        Ok(AuditEvent {
            tenant: Some(caller.tenant.clone()),
            outcome,
            request,
            ..AuditEvent::done(EventId::new(&self.parts().random)?, self.now(), caller.actor(), action)
        })
    }

    /// The account, if the name that was given is one that the tenant knows; a stranger's text is not written down.
    fn account_named(call: &CallRequest) -> Option<String> {
        let named = call.arguments.get("account").and_then(Value::as_str);
        let known = call.context.names();
        match named {
            Some(named) => known.into_iter().find(|name| name.eq_ignore_ascii_case(named)),
            None if known.len() == 1 => known.into_iter().next(),
            None => None,
        }
    }

    /// The row that is committed before anything is sent: that it begins, and which objects it is about.
    pub(super) fn intent(&self, operation: &Operation, plan: &Plan) -> Result<AuditEvent, CallError> {
        let outcome = match operation.state {
            OperationState::Asking | OperationState::Waiting => AuditOutcome::Held,
            _ => AuditOutcome::Intent,
        };
        let mut event = self.event_of(operation, &operation.caller, outcome, None)?;
        let ids = plan.steps.iter().flat_map(|step| &step.subjects).map(|subject| subject.id.clone());
        event.objects = ids.filter(|id| !id.is_empty()).collect();
        Ok(event)
    }

    /// A row about an operation, by whoever acts on it.
    pub(super) fn event_of(
        &self,
        operation: &Operation,
        actor: &Actor,
        outcome: AuditOutcome,
        code: Option<&str>,
    ) -> Result<AuditEvent, CallError> {
        let now = self.now();
        let duration = operation.decided_at.unwrap_or(operation.created_at);
        let is_over = !matches!(outcome, AuditOutcome::Intent | AuditOutcome::Held);
        Ok(AuditEvent {
            tenant: Some(operation.tenant.clone()),
            account: Some(operation.account.clone()),
            digest: Some(operation.digest.clone()),
            level: Some(operation.level),
            outcome,
            code: code.map(str::to_owned),
            objects: operation.results.iter().filter_map(|result| result.id.clone()).collect(),
            operation: Some(operation.id.clone()),
            duration_ms: is_over.then_some(now.0 - duration.0),
            ..AuditEvent::done(EventId::new(&self.parts().random)?, now, actor.clone(), operation.tool.clone())
        })
    }
}
