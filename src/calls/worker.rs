//! The worker behind the corridor: approved changes, orphans, pushes to follow.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::error::CallError;
use super::parts::Calls;
use crate::domain::actor::Actor;
use crate::domain::audit::{AuditEvent, AuditOutcome};
use crate::domain::member::Member;
use crate::domain::operation::{ItemResult, Operation, OperationState, Outcome};
use crate::domain::plan::Plan;
use crate::domain::policy::{Opens, permitted};
use crate::domain::scope::Scopes;
use crate::operations::open_plan;
use crate::tenants::{TenantContext, TenantError};
use crate::tools::catalog::find;

/// How many operations one replica carries out at a time.
const AT_A_TIME: usize = 8;
/// For how long an operation that cannot be carried out is tried again.
const GIVEN_UP_AFTER_MS: i64 = 30 * 60 * 1000;
/// How many pushes one replica follows at a time.
const FOLLOWED: usize = 256;

/// One for each replica.
pub struct Worker {
    calls: Calls,
    operations: TaskTracker,
    pushes: TaskTracker,
}

impl Worker {
    /// The worker of this corridor.
    pub fn new(calls: Calls) -> Self {
        Self { calls, operations: TaskTracker::new(), pushes: TaskTracker::new() }
    }

    /// Works until it is told to stop; what it has in hand then is brought to its end, for as long as `grace` lasts.
    pub async fn run(self, stop: CancellationToken, grace: Duration) {
        let wake = Arc::clone(&self.calls.parts().wake);
        while !stop.is_cancelled() {
            if let Err(error) = self.look_for_work().await {
                tracing::warn!(%error, "the worker could not look for work");
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = wake.notified() => {}
                () = tokio::time::sleep(self.calls.settings().every) => {}
            }
        }
        // Others follow from here on what people have not answered yet.
        let parts = self.calls.parts();
        if let Err(error) = parts.store.pushes.let_go(&parts.replica).await {
            tracing::warn!(%error, "pushes were not let go of; others take them over when the leases run out");
        }
        self.operations.close();
        let _ = timeout(grace, self.operations.wait()).await;
    }

    async fn look_for_work(&self) -> Result<(), CallError> {
        self.calls.expire().await?;
        while self.operations.len() < AT_A_TIME {
            let (lease, now) = (self.calls.lease(), self.calls.now());
            let Some(operation) = self.calls.parts().store.operations.claim(&lease, now).await? else { break };
            let calls = self.calls.clone();
            self.operations.spawn(async move {
                calls.resume(operation).await;
                calls.parts().wake.notify_one();
            });
        }
        while self.pushes.len() < FOLLOWED {
            let Some(push) = self.calls.take_push().await? else { break };
            let calls = self.calls.clone();
            self.pushes.spawn(async move { calls.follow(push).await });
        }
        Ok(())
    }
}

impl Calls {
    /// Ends what nobody decided in time.
    async fn expire(&self) -> Result<(), CallError> {
        // The row's id is drawn beforehand: inside the transaction there is no way to fail over randomness.
        let make = |operation: &Operation| self.expiry_event(operation);
        self.parts().store.operations.expire(self.now(), &make).await?;
        self.parts().store.pushes.abandon(self.now()).await?;
        Ok(())
    }

    fn expiry_event(&self, operation: &Operation) -> AuditEvent {
        let event = self.event_of(operation, &Actor::House, AuditOutcome::Denied, Some("expired"));
        event.unwrap_or_else(|_| crate::domain::audit::AuditEvent {
            id: crate::domain::ids::EventId::from_operation(&operation.id),
            tenant: Some(operation.tenant.clone()),
            at: self.now(),
            actor: Actor::House,
            action: operation.tool.clone(),
            account: None,
            digest: None,
            level: Some(operation.level),
            outcome: AuditOutcome::Denied,
            code: Some("expired".into()),
            objects: Vec::new(),
            operation: Some(operation.id.clone()),
            request: None,
            duration_ms: None,
        })
    }

    /// Carries out an operation that was approved, or that another process left, through the same checks as a call.
    async fn resume(&self, operation: Operation) {
        let id = operation.id.clone();
        match self.resume_checked(operation.clone()).await {
            Ok(_) => {}
            Err(CallError::LostLease) => {
                tracing::info!(operation.id = %id, "another replica took the operation over");
            }
            Err(error) if self.is_given_up(&operation) => {
                tracing::error!(operation.id = %id, %error, "an operation could not be carried out, and is given up");
                if let Err(error) = self.give_up(&operation).await {
                    tracing::error!(operation.id = %id, %error, "an operation could not be given up");
                }
            }
            // The lease runs out and the operation is tried again.
            Err(error) => tracing::error!(operation.id = %id, %error, "an operation could not be carried out now"),
        }
    }

    /// Whether an operation was tried long enough: its account may be gone, or its secrets may not open any more.
    fn is_given_up(&self, operation: &Operation) -> bool {
        let since = operation.decided_at.unwrap_or(operation.created_at);
        since.plus_ms(GIVEN_UP_AFTER_MS) < self.now()
    }

    async fn give_up(&self, operation: &Operation) -> Result<Operation, CallError> {
        let rows = self.parts().store.steps.list(&operation.tenant, &operation.id).await?;
        if rows.iter().all(|row| row.attempts == 0) {
            return self.cancel(operation, "It could not be carried out; nothing was sent.", "not_sent").await;
        }
        let result = ItemResult {
            id: None,
            name: operation.title.clone(),
            outcome: Outcome::Unknown,
            message: Some("It was begun, and whether it happened could not be learned.".into()),
            now: None,
        };
        let (state, outcome) = (OperationState::OutcomeUnknown, AuditOutcome::Unknown);
        self.end_as(operation, state, vec![result], outcome, Some("outcome_unknown"), &Actor::House).await
    }

    async fn resume_checked(&self, operation: Operation) -> Result<Operation, CallError> {
        let store = &self.parts().store;
        let begun = store.steps.list(&operation.tenant, &operation.id).await?.iter().any(|row| row.attempts > 0);
        let context = match self.parts().registry.context(&operation.tenant).await {
            // What was begun is looked at when the tenant is served again.
            Err(TenantError::WrongStatus(_)) if !begun => {
                return self.cancel(&operation, "The tenant is suspended.", "caller_gone").await;
            }
            context => context?,
        };
        if !begun && !self.may_still_ask(&operation, &context).await? {
            let why = "Who asked for it may not any more: the key or grant was revoked or has expired, or the member may less.";
            return self.cancel(&operation, why, "caller_gone").await;
        }
        let sealed = operation.payload.as_ref().ok_or(CallError::Broken)?;
        let vault = &self.parts().keyring.vault;
        let plan: Plan = open_plan(vault, &context.data_key, &operation.tenant, &operation.id, sealed)?;
        if !begun && let Some(why) = not_any_more(&operation, &plan, &context) {
            return self.cancel(&operation, why, "not_sent").await;
        }
        if !begun && operation.decided_by.is_some() {
            let event = self.intent(&operation, &plan)?;
            store.audit.append(&[event]).await?;
        }
        self.execute(&operation, &plan, &context).await
    }

    /// Whether who asked for it could still ask: the key or grant works, and its member may still use the tool.
    async fn may_still_ask(&self, operation: &Operation, context: &TenantContext) -> Result<bool, CallError> {
        let store = &self.parts().store;
        let (tenant, entry) = (&operation.tenant, find(&operation.tool));
        let may = |granted: Scopes, member: &Member| {
            let rights = member.within(context.tenant.preset.scopes()).rights(granted);
            entry.is_none_or(|entry| permitted(&entry.card, &[], rights, Opens::default()).is_ok())
        };
        let (granted, member) = match &operation.caller {
            Actor::Key { key, .. } => match store.keys.find(tenant, key).await? {
                Some(key) if key.revoked_at.is_none() && self.now() < key.expires_at => (key.scopes, key.member),
                _ => return Ok(false),
            },
            Actor::Grant { grant, .. } => match store.grants.find(tenant, grant).await? {
                Some(grant) if grant.revoked_at.is_none() && self.now() < grant.expires_at => {
                    (grant.scopes, grant.member)
                }
                _ => return Ok(false),
            },
            Actor::Member { member, .. } => (Scopes::all(), member.clone()),
            Actor::Operator { .. } | Actor::Console | Actor::House => return Ok(true),
        };
        Ok(store.members.find(tenant, &member).await?.is_some_and(|member| may(granted, &member)))
    }

    async fn cancel(&self, operation: &Operation, why: &str, code: &str) -> Result<Operation, CallError> {
        let result = ItemResult {
            id: None,
            name: operation.title.clone(),
            outcome: Outcome::Refused,
            message: Some(why.to_owned()),
            now: None,
        };
        let state = OperationState::Cancelled;
        self.end_as(operation, state, vec![result], AuditOutcome::Denied, Some(code), &Actor::House).await
    }
}

/// Why a change of which nothing was sent yet is not carried out any more, though its caller is still there.
fn not_any_more(operation: &Operation, plan: &Plan, context: &TenantContext) -> Option<&'static str> {
    // Whoever asked is told that it was not sent, or hung up. A phone that rings half a minute later helps nobody, and
    // the row that counts this push was made by a process that is gone, so it would not be followed.
    if plan.reaches.is_some() && operation.decided_by.is_none() {
        return Some("The gateway was stopped before it was sent, and a push is not sent late.");
    }
    let is_there = context.connections.iter().any(|one| one.connection.id == plan.account.connection);
    (!is_there).then_some("The connection that it was to go through was removed.")
}
