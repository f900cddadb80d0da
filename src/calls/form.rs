//! The client's form: handed out sealed, and taken once.

use std::time::Duration;

use rmcp::model::{RequestStateError, SealOptions};
use serde_json::Value;

use super::abandoned::CallUnderWay;
use super::answer::Reply;
use super::corridor::{CallRequest, FormAnswer};
use super::error::CallError;
use super::parts::Calls;
use crate::audit::digest;
use crate::domain::audit::AuditOutcome;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Operation, OperationState};
use crate::domain::plan::Plan;
use crate::operations::open_plan;

/// How many refusals a form names.
const MOST_REFUSALS: usize = 5;

impl Calls {
    /// The question that the client shows.
    pub(super) fn ask(&self, call: &CallRequest, operation: &Operation, plan: &Plan) -> Reply {
        let left = u64::try_from(operation.expires_at.0 - self.now().0).unwrap_or(0);
        let state = self.seal_state(call, operation.id.as_str().as_bytes(), Duration::from_millis(left));
        Reply::Ask { message: question(plan), phrase: plan.phrase.clone(), state }
    }

    /// Takes the form back: carries out the change that it showed, if the person typed what it asked for.
    pub(super) async fn answer_form(
        &self,
        call: &CallRequest,
        answer: &FormAnswer,
        underway: &CallUnderWay<'_>,
    ) -> Result<Reply, CallError> {
        let opened = self.open_state(call, &answer.state)?;
        let id = String::from_utf8(opened).ok().and_then(|id| OperationId::parse(&id).ok());
        let id = id.ok_or(CallError::StaleForm)?;
        let tenant = &call.caller.tenant;
        let operation = self.parts().store.operations.find(tenant, &id).await?.ok_or(CallError::StaleForm)?;
        if operation.state != OperationState::Asking || self.now() >= operation.expires_at {
            return Err(CallError::StaleForm);
        }
        let Some(typed) = &answer.typed else { return self.decline(&operation).await };
        let sealed = operation.payload.as_ref().ok_or(CallError::StaleForm)?;
        let plan = open_plan(&self.parts().keyring.vault, &call.context.data_key, tenant, &id, sealed)?;
        if !typed.trim().eq_ignore_ascii_case(plan.phrase.trim()) {
            return Ok(self.ask(call, &operation, &plan));
        }
        let begun = Operation { state: OperationState::Running, ..operation.clone() };
        let mut event = self.intent(&begun, &plan)?;
        event.request.clone_from(&call.request);
        let taken = self.parts().store.operations.take_form(tenant, &id, &self.lease(), self.now(), &event).await?;
        // Taken by an identical retry a moment ago: its answer is asked for with get_operation.
        let operation = taken.ok_or(CallError::StaleForm)?;
        underway.told();
        self.carry_out(operation, plan, &call.context, None).await
    }

    async fn decline(&self, operation: &Operation) -> Result<Reply, CallError> {
        let event = self.event_of(operation, &operation.caller, AuditOutcome::Denied, Some("declined"))?;
        let (tenant, id, now) = (&operation.tenant, &operation.id, self.now());
        self.parts().store.operations.refuse_form(tenant, id, &operation.caller, now, &event).await?;
        Err(CallError::Declined)
    }

    /// What a client keeps until it answers, bound to the call.
    pub(super) fn seal_state(&self, call: &CallRequest, kept: &[u8], lasts: Duration) -> String {
        let bound = self.form_bound(call);
        self.0.forms.seal_with(kept, &SealOptions::new().associated_data(bound.as_bytes()).ttl(lasts))
    }

    /// What a client was given to keep.
    pub(super) fn open_state(&self, call: &CallRequest, state: &str) -> Result<Vec<u8>, CallError> {
        let bound = self.form_bound(call);
        self.0.forms.open_with(state, bound.as_bytes()).map_err(|error| match error {
            RequestStateError::Expired => CallError::StaleForm,
            _ => CallError::ForeignState,
        })
    }

    /// What a form is bound to: tenant, key or grant, tool and the very same arguments.
    fn form_bound(&self, call: &CallRequest) -> String {
        let arguments = Value::Object(call.arguments.clone());
        let digest = digest(&self.parts().keyring.house, &call.caller.tenant, &call.tool, &arguments);
        format!("{}|{}|{}", call.caller.tenant, call.caller.id_text(), digest)
    }
}

/// What the form says: the objects, the effect, what will not be done, and what to type.
fn question(plan: &Plan) -> String {
    let mut lines = vec![format!("{} (account {}).", plan.title, plan.account.name)];
    lines.extend(plan.effects.iter().cloned());
    for refusal in plan.refused.iter().take(MOST_REFUSALS) {
        lines.push(format!("Not done: {}", refusal.message));
    }
    if plan.refused.len() > MOST_REFUSALS {
        lines.push(format!("And {} more are not done.", plan.refused.len() - MOST_REFUSALS));
    }
    lines.push(format!("To go on, type: {}", plan.phrase));
    lines.join("\n")
}
