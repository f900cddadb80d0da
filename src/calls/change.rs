//! A change on its way: planned, decided, begun, held or carried out.

use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::abandoned::CallUnderWay;
use super::answer::Reply;
use super::corridor::CallRequest;
use super::error::CallError;
use super::outcome::refused_results;
use super::parts::{Calls, millis};
use crate::audit::digest;
use crate::domain::clock::Timestamp;
use crate::domain::ids::OperationId;
use crate::domain::operation::{ItemResult, Operation, OperationState, Outcome};
use crate::domain::plan::Plan;
use crate::domain::policy::{Decision, Hold, decide};
use crate::domain::push::Push;
use crate::domain::standing::{Asked, StandingApproval};
use crate::operations::seal_plan;
use crate::store::{Begun, NewOperation, StandingUse};
use crate::tenants::TenantContext;
use crate::tools::duo::Duo;
use crate::tools::error::ToolError;
use crate::tools::house::ChangeAnswer;
use crate::tools::read::PASSCODE_REMINDER;
use crate::vault::hex;

type PlanFn = fn(Value, Duo) -> Pin<Box<dyn Future<Output = Result<Plan, ToolError>> + Send>>;

impl Calls {
    /// A change, from its arguments to its answer.
    pub(super) async fn change(
        &self,
        call: &CallRequest,
        plan: PlanFn,
        underway: &CallUnderWay<'_>,
    ) -> Result<Reply, CallError> {
        if let Some(answer) = &call.form {
            return self.answer_form(call, answer, underway).await;
        }
        let duo = self.duo(call).await?;
        let asked_at = self.now();
        let mut plan = plan(Value::Object(call.arguments.clone()), duo.clone()).await?;
        if plan.steps.is_empty() {
            return Ok(self.nothing_to_do(call, &plan));
        }
        Self::sign_push(call, &mut plan, &duo);
        let names = account_names(call, &plan);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let asked =
            Asked { tool: &call.tool, account: &names, level: plan.level, objects: plan.objects(), now: self.now() };
        match decide(&call.caller.standing(), &asked, call.client_can_ask) {
            Decision::Allow => self.begin(call, plan, asked_at, Start::Now(None), underway).await,
            Decision::Hold(hold) => self.begin(call, plan, asked_at, Start::Held(hold), underway).await,
            Decision::Standing { held, otherwise } => {
                let standing = standing_use(held.holder, held.approval);
                self.begin(call, plan, asked_at, Start::Now(Some((standing, otherwise))), underway).await
            }
        }
    }

    /// What follows when every object was refused beforehand or is so already: nothing is sent, nothing is stored.
    fn nothing_to_do(&self, call: &CallRequest, plan: &Plan) -> Reply {
        let results = refused_results(plan);
        let all_so = results.iter().all(|result| result.outcome == Outcome::Already);
        let answer = ChangeAnswer {
            operation_id: None,
            tool: call.tool.clone(),
            state: if all_so { OperationState::Done } else { OperationState::Failed },
            title: plan.title.clone(),
            results,
            txid: None,
            ask_again_in_s: None,
            replayed: false,
            asked_by: call.caller.person().to_owned(),
            decided_by: None,
            approve_at: None,
            expires_at: None,
            notes: vec!["Nothing was sent to Duo.".into()],
        };
        self.change_reply(&plan.account.name, &answer)
    }

    /// Makes the row of a change, with what the audit log has to know before anything is sent.
    fn begin<'a>(
        &'a self,
        call: &'a CallRequest,
        plan: Plan,
        asked_at: Timestamp,
        start: Start,
        underway: &'a CallUnderWay<'_>,
    ) -> Pin<Box<dyn Future<Output = Result<Reply, CallError>> + Send + 'a>> {
        Box::pin(async move {
            let operation = self.row(call, &plan, &start)?;
            let push = match start {
                Start::Now(_) => self.reserve_push(call, &plan, &operation).await?,
                Start::Held(_) => None,
            };
            let mut event = self.intent(&operation, &plan)?;
            event.request.clone_from(&call.request);
            let lease = matches!(start, Start::Now(_)).then(|| self.lease());
            let standing = start.standing();
            let new = NewOperation {
                operation: &operation,
                steps: i64::try_from(plan.steps.len()).unwrap_or(i64::MAX),
                lease: lease.as_ref(),
                // What reaches a person has caps instead: a second push is not answered with the first.
                repeats_since: plan.reaches.is_none().then_some(asked_at),
                standing: standing.as_ref(),
                most_open: matches!(start, Start::Held(_)).then(|| self.settings().open_per_key),
            };
            match self.parts().store.operations.begin(new, &[event]).await? {
                Begun::StandingUsedUp => match start {
                    Start::Now(Some((_, hold))) => self.begin(call, plan, asked_at, Start::Held(hold), underway).await,
                    _ => Err(CallError::Broken),
                },
                Begun::TooManyOpen => Err(CallError::TooManyWaiting { most: self.settings().open_per_key }),
                Begun::Repeat(earlier) => self.answer_repeat(&earlier, &call.context),
                Begun::New => {
                    underway.told();
                    match start {
                        Start::Now(_) => self.carry_out(operation, plan, &call.context, push).await,
                        Start::Held(Hold::Form) => Ok(self.ask(call, &operation, &plan)),
                        Start::Held(Hold::Approval) => {
                            Err(self.pending(&operation, &call.context, false, left_out(&plan)))
                        }
                    }
                }
            }
        })
    }

    fn row(&self, call: &CallRequest, plan: &Plan, start: &Start) -> Result<Operation, CallError> {
        let parts = self.parts();
        let id = OperationId::new(&parts.random)?;
        let (vault, key) = (&parts.keyring.vault, &call.context.data_key);
        let payload = seal_plan(vault, key, &call.caller.tenant, &id, plan)?;
        let sent = json!({ "account": plan.account, "steps": plan.steps });
        let now = self.now();
        let (state, lasts) = match start {
            Start::Now(_) => (OperationState::Running, self.settings().approval),
            Start::Held(Hold::Form) => (OperationState::Asking, self.settings().form),
            Start::Held(Hold::Approval) => (OperationState::Waiting, self.settings().approval),
        };
        Ok(Operation {
            id,
            tenant: call.caller.tenant.clone(),
            tool: call.tool.clone(),
            level: plan.level,
            account: plan.account.name.clone(),
            caller: call.caller.actor(),
            title: plan.title.clone(),
            objects: i64::try_from(plan.objects()).unwrap_or(i64::MAX),
            digest: digest(&parts.keyring.house, &call.caller.tenant, &call.tool, &sent),
            payload: Some(payload),
            state,
            decided_by: None,
            results: Vec::new(),
            created_at: now,
            expires_at: now.plus_ms(millis(lasts)),
            decided_at: None,
            finished_at: None,
        })
    }

    /// Carries a change out in a task of its own, so that a client that hangs up does not stop it halfway, and answers
    /// when it is over or the call's time is up.
    pub(super) async fn carry_out(
        &self,
        operation: Operation,
        plan: Plan,
        context: &Arc<TenantContext>,
        push: Option<Push>,
    ) -> Result<Reply, CallError> {
        let reminder = passcode_reminder(&operation, &plan, context);
        let (calls, own, running) = (self.clone(), Arc::clone(context), operation.clone());
        let work = self.0.underway.spawn(async move {
            let ended = calls.execute(&operation, &plan, &own).await?;
            if let Some(push) = push {
                calls.note_push(&push, &ended).await?;
            }
            Ok::<_, CallError>(ended)
        });
        let ended = match timeout(self.settings().call, work).await {
            Ok(Ok(ended)) => ended?,
            Ok(Err(_)) => return Err(CallError::Broken),
            Err(_) => running,
        };
        let mut answer = self.change_answer(&ended, context);
        answer.notes.extend(self.status_before_trash(&ended).await?);
        answer.notes.extend(reminder);
        Ok(self.change_reply(&ended.account, &answer))
    }

    /// What an identical call gets that came while the first was not over.
    fn answer_repeat(&self, earlier: &Operation, context: &TenantContext) -> Result<Reply, CallError> {
        match earlier.state {
            OperationState::Asking | OperationState::Waiting => Err(self.pending(earlier, context, true, Vec::new())),
            _ => {
                let mut answer = self.change_answer(earlier, context);
                answer.replayed = true;
                Ok(self.change_reply(&earlier.account, &answer))
            }
        }
    }

    pub(super) fn pending(
        &self,
        operation: &Operation,
        context: &TenantContext,
        replayed: bool,
        left_out: Vec<String>,
    ) -> CallError {
        CallError::Pending {
            operation: operation.id.clone(),
            until: operation.expires_at,
            approve_at: format!("{}/{}", self.settings().approvals.of(context), operation.id),
            replayed,
            left_out,
        }
    }
}

/// How a change begins.
enum Start {
    /// At once; under a standing approval, with what follows when that is used up.
    Now(Option<(StandingUse, Hold)>),
    /// It is held.
    Held(Hold),
}

impl Start {
    fn standing(&self) -> Option<StandingUse> {
        if let Self::Now(Some((standing, _))) = self { Some(standing.clone()) } else { None }
    }
}

/// A use of an approval that this key or member has. The approval is told apart by who has it and by what it says, so
/// that editing it starts a new count.
fn standing_use(holder: &str, approval: &StandingApproval) -> StandingUse {
    let text = serde_json::to_vec(&(holder, approval)).unwrap_or_default();
    StandingUse { approval: hex(&Sha256::digest(&text)), per_hour: i64::from(approval.per_hour) }
}

/// What an account whose people are to give passcodes wants to be remembered when somebody is asked another way.
fn passcode_reminder(operation: &Operation, plan: &Plan, context: &TenantContext) -> Option<String> {
    plan.reaches.as_ref().filter(|reach| operation.tool == "auth" && reach.factor != "passcode")?;
    let connection = context.connections.iter().find(|one| one.connection.id == plan.account.connection)?;
    connection.connection.defaults.use_passcode.then(|| PASSCODE_REMINDER.to_owned())
}

/// Every name by which a standing approval may name the account of a plan: its own name and id, and the connection
/// that it is reached through, which stands for all of its children.
fn account_names(call: &CallRequest, plan: &Plan) -> Vec<String> {
    let mut names = vec![plan.account.name.clone()];
    let connection = call.context.connections.iter().find(|one| one.connection.id == plan.account.connection);
    names.extend(connection.map(|one| one.connection.name.to_string()));
    names.extend(plan.account.child.as_ref().map(|child| child.id.as_str().to_owned()));
    names
}

/// What a plan leaves out for a reason, by name.
fn left_out(plan: &Plan) -> Vec<String> {
    plan.refused.iter().filter(|refusal| refusal.code != "already").map(|refusal| refusal.name.clone()).collect()
}

/// The objects of a plan that were refused beforehand, as results.
pub(super) fn with_refused(plan: &Plan, mut results: Vec<ItemResult>) -> Vec<ItemResult> {
    results.extend(refused_results(plan));
    results
}
