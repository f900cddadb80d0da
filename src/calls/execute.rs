//! Carrying out an operation: each request announced before, looked at after.
//!
//! At any moment the process may be killed. What is committed then says how far it came: a step with a result is over;
//! a step that was announced and has none may have reached Duo. Such a step is looked at, once its request can no longer
//! arrive; it is sent again only when it provably did not happen.

use std::sync::Arc;
use std::time::Duration;

use duo_api::model::AuthAnswer;
use duo_api::{Answer, DuoError, EndpointId};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::change::with_refused;
use super::error::CallError;
use super::outcome::{after_acceptance, after_loss, all, end_state, overtaken};
use super::parts::{Calls, millis};
use crate::domain::actor::Actor;
use crate::domain::audit::AuditOutcome;
use crate::domain::clock::Timestamp;
use crate::domain::operation::{ItemResult, Operation, OperationState, Outcome, StepRow};
use crate::domain::plan::{Plan, ReadBack, Step};
use crate::tenants::TenantContext;
use crate::tools::duo::Duo;
use crate::tools::error::ToolError;
use crate::tools::read_back::{Seen, look};

/// How often a step is sent at the most.
const MOST_ATTEMPTS: i64 = 3;
/// How often a step's objects are looked at before it is given up without having been sent.
const MOST_LOOKS: u32 = 10;
/// How long after its deadline a request of a killed process may still reach Duo: clocks differ a little.
const GRACE_MS: i64 = 1_000;

/// What became of one try at a step.
enum Tried {
    /// It is over.
    Over(Vec<ItemResult>),
    /// Duo refused it, or it could not be sent.
    Refused(Vec<ItemResult>),
    /// The answer was lost.
    Lost,
}

impl Calls {
    /// Carries out an operation that this replica holds, from wherever it stands, to its end.
    pub(super) async fn execute(
        &self,
        operation: &Operation,
        plan: &Plan,
        context: &Arc<TenantContext>,
    ) -> Result<Operation, CallError> {
        let account = self.account_of(context, &plan.account)?;
        let store = &self.parts().store;
        let rows = store.steps.list(&operation.tenant, &operation.id).await?;
        let mut results = Vec::new();
        for (position, step) in (0_i64..).zip(&plan.steps) {
            let row = rows.iter().find(|row| row.position == position);
            if let Some(done) = row.and_then(|row| row.results.clone()) {
                results.extend(done);
                continue;
            }
            let account = Arc::clone(&account);
            let duo = move || self.duo_until(Arc::clone(&account), self.now().plus_ms(millis(self.settings().call)));
            let done = self.step(operation, position, step, row, &duo).await?;
            let replica = &self.parts().replica;
            if !store.steps.result(&operation.tenant, &operation.id, replica, position, &done).await? {
                return Err(CallError::LostLease);
            }
            results.extend(done);
        }
        self.end(operation, with_refused(plan, results)).await
    }

    /// One step, from its first announcement or from where another process left it.
    async fn step(
        &self,
        operation: &Operation,
        position: i64,
        step: &Step,
        row: Option<&StepRow>,
        duo: &(impl Fn() -> Duo + Sync),
    ) -> Result<Vec<ItemResult>, CallError> {
        let mut attempts = row.map_or(0, |row| row.attempts);
        let mut deadline = row.and_then(|row| row.send_deadline);
        // What waited for a yes may have been overtaken; what is carried out at once was read a moment ago.
        if attempts == 0
            && operation.decided_by.is_some()
            && let Some(over) = overtaken(step, self.look_first(operation, step, duo).await?)
        {
            return Ok(over);
        }
        loop {
            if attempts > 0 {
                self.outlast(operation, deadline).await?;
                if let Some(over) = after_loss(look(&duo(), step).await?) {
                    return Ok(over);
                }
                if attempts >= MOST_ATTEMPTS {
                    let message = "It was sent several times, every answer was lost, and reading shows no change.";
                    return Ok(all(&step.subjects, Outcome::Failed, message));
                }
            }
            // The client starts a request until its time is up and then lets it run for an attempt's full time, so what
            // is announced is the end of both.
            let start_by = self.now().plus_ms(millis(self.settings().send));
            let over_by = start_by.plus_ms(millis(self.settings().attempt));
            let store = &self.parts().store;
            let replica = &self.parts().replica;
            if !store.steps.sending(&operation.tenant, &operation.id, replica, position, attempts, over_by).await? {
                return Err(CallError::LostLease);
            }
            attempts += 1;
            match self.attempt(operation, step, start_by, duo).await? {
                // A refusal may be the echo of an earlier request whose answer was lost: the name is taken, by us.
                Tried::Refused(results) if attempts > 1 => {
                    return Ok(after_loss(look(&duo(), step).await?).unwrap_or(results));
                }
                Tried::Over(results) | Tried::Refused(results) => return Ok(results),
                // This process knows that its request is off the wire; Duo gets an attempt's time to finish with it.
                Tried::Lost => deadline = Some(over_by.min(self.now().plus_ms(millis(self.settings().attempt)))),
            }
        }
    }

    /// Looks at what is about to be changed; a fault that may pass is waited out, because nothing was sent yet.
    async fn look_first(
        &self,
        operation: &Operation,
        step: &Step,
        duo: &(impl Fn() -> Duo + Sync),
    ) -> Result<Result<Vec<Seen>, ToolError>, CallError> {
        let mut looks = 1;
        loop {
            self.keep(operation).await?;
            match look(&duo(), step).await {
                Err(ToolError::Duo(error)) if error.retryable() && looks < MOST_LOOKS => {
                    looks += 1;
                    sleep(Duration::from_secs(1)).await;
                }
                seen => return Ok(seen),
            }
        }
    }

    /// Sends a step's request once, unless it is too late to start, and looks at what it did.
    async fn attempt(
        &self,
        operation: &Operation,
        step: &Step,
        start_by: Timestamp,
        duo: &(impl Fn() -> Duo + Sync),
    ) -> Result<Tried, CallError> {
        // A process that was stopped for a while after its announcement is as good as one that was killed: another one
        // may be at work by now.
        if self.now() >= start_by {
            return Ok(Tried::Lost);
        }
        let Some(endpoint) = EndpointId::find(&step.endpoint) else {
            return Ok(Tried::Over(all(&step.subjects, Outcome::Failed, "The endpoint is not known any more.")));
        };
        match duo().until(start_by).send(endpoint, step.params.clone()).await {
            Ok(answer) if matches!(step.read_back, ReadBack::Unseen) => Ok(Tried::Over(started(step, &answer))),
            Ok(_) => {
                self.keep(operation).await?;
                match look(&duo(), step).await {
                    Ok(seen) => Ok(Tried::Over(after_acceptance(seen))),
                    // Duo accepted it; that it cannot be read now does not undo it.
                    Err(error) => {
                        let message = format!("Duo accepted it; reading it back failed: {error}.");
                        Ok(Tried::Over(all(&step.subjects, Outcome::Done, &message)))
                    }
                }
            }
            Err(ToolError::Duo(DuoError::OutcomeUnknown(_))) => Ok(Tried::Lost),
            Err(error) => Ok(Tried::Refused(all(&step.subjects, Outcome::Failed, &error.to_string()))),
        }
    }

    /// Waits until a request that was announced can no longer arrive.
    async fn outlast(&self, operation: &Operation, deadline: Option<Timestamp>) -> Result<(), CallError> {
        let Some(deadline) = deadline else { return Ok(()) };
        loop {
            self.keep(operation).await?;
            let left = deadline.plus_ms(GRACE_MS).0 - self.now().0;
            let Ok(left @ 1..) = u64::try_from(left) else { return Ok(()) };
            sleep(Duration::from_millis(left.min(2_000))).await;
        }
    }

    /// Keeps the lease, for as long as reading Duo may take at least; without it another replica may be at work on the
    /// same operation.
    async fn keep(&self, operation: &Operation) -> Result<(), CallError> {
        let mut lease = self.lease();
        lease.until = lease.until.max(self.now().plus_ms(millis(self.settings().call) + GRACE_MS));
        let kept = self.parts().store.operations.renew(&operation.id, &lease).await?;
        if kept { Ok(()) } else { Err(CallError::LostLease) }
    }

    /// Ends an operation with what came of it.
    pub(super) async fn end(&self, operation: &Operation, results: Vec<ItemResult>) -> Result<Operation, CallError> {
        let state = end_state(&results);
        let (outcome, code) = match state {
            OperationState::Done => (AuditOutcome::Ok, None),
            OperationState::OutcomeUnknown => (AuditOutcome::Unknown, Some("outcome_unknown")),
            _ => (AuditOutcome::Failed, Some("change_failed")),
        };
        self.end_as(operation, state, results, outcome, code, &operation.caller).await
    }

    /// Ends an operation in a given state.
    pub(super) async fn end_as(
        &self,
        operation: &Operation,
        state: OperationState,
        results: Vec<ItemResult>,
        outcome: AuditOutcome,
        code: Option<&str>,
        actor: &Actor,
    ) -> Result<Operation, CallError> {
        let now = self.now();
        let mut ended = Operation { state, results, payload: None, finished_at: Some(now), ..operation.clone() };
        let event = self.event_of(&ended, actor, outcome, code)?;
        let store = &self.parts().store;
        let replica = &self.parts().replica;
        let results = std::mem::take(&mut ended.results);
        let is_ours =
            store.operations.finish(&operation.tenant, &operation.id, replica, state, &results, now, &event).await?;
        ended.results = results;
        if is_ours { Ok(ended) } else { Err(CallError::LostLease) }
    }
}

/// What an authentication answers at its start: its transaction, or the result at once.
fn started(step: &Step, answer: &Answer) -> Vec<ItemResult> {
    let now = answer.parse::<AuthAnswer>().ok().map(|started| {
        let mut now = serde_json::Map::new();
        now.insert("txid".into(), json!(started.txid));
        now.retain(|_, value: &mut Value| !value.is_null());
        Value::Object(now)
    });
    let result = |subject: &crate::domain::plan::Subject| ItemResult {
        id: Some(subject.id.clone()).filter(|id| !id.is_empty()),
        name: subject.name.clone(),
        outcome: Outcome::Done,
        message: None,
        now: now.clone(),
    };
    step.subjects.iter().map(result).collect()
}
