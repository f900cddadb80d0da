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
use crate::domain::operation::{ItemResult, Operation, OperationState, Outcome};
use crate::domain::plan::Plan;
use crate::operations::open_plan;
use crate::tenants::TenantError;

/// How many operations one replica carries out at a time.
const AT_A_TIME: usize = 8;
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
        self.operations.close();
        // A push that is left is taken over by another replica when its lease has run out.
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
        match self.resume_checked(operation).await {
            Ok(_) => {}
            Err(CallError::LostLease) => {
                tracing::info!(operation.id = %id, "another replica took the operation over");
            }
            // The lease runs out and the operation is tried again.
            Err(error) => tracing::error!(operation.id = %id, %error, "an operation could not be carried out now"),
        }
    }

    async fn resume_checked(&self, operation: Operation) -> Result<Operation, CallError> {
        let store = &self.parts().store;
        let begun = store.steps.list(&operation.tenant, &operation.id).await?.iter().any(|row| row.attempts > 0);
        let context = match self.parts().registry.context(&operation.tenant).await {
            Err(TenantError::WrongStatus(_)) if !begun => {
                return self.cancel(&operation, "The tenant is suspended.").await;
            }
            context => context?,
        };
        if !begun && let Some(why) = self.not_any_more(&operation).await? {
            return self.cancel(&operation, why).await;
        }
        let sealed = operation.payload.as_ref().ok_or(CallError::Broken)?;
        let vault = &self.parts().keyring.vault;
        let plan: Plan = open_plan(vault, &context.data_key, &operation.tenant, &operation.id, sealed)?;
        if !begun && operation.decided_by.is_some() {
            let event = self.intent(&operation, &plan)?;
            store.audit.append(&[event]).await?;
        }
        self.execute(&operation, &plan, &context).await
    }

    /// Why a change that was allowed once is not carried out now: its key is gone.
    async fn not_any_more(&self, operation: &Operation) -> Result<Option<&'static str>, CallError> {
        let Actor::Key { key, .. } = &operation.caller else { return Ok(None) };
        let key = self.parts().store.keys.find(&operation.tenant, key).await?;
        let is_good = key.is_some_and(|key| key.revoked_at.is_none() && self.now() < key.expires_at);
        Ok((!is_good).then_some("The key that asked for it was revoked or has expired."))
    }

    async fn cancel(&self, operation: &Operation, why: &str) -> Result<Operation, CallError> {
        let result = ItemResult {
            id: None,
            name: operation.title.clone(),
            outcome: Outcome::Refused,
            message: Some(why.to_owned()),
            now: None,
        };
        let state = OperationState::Cancelled;
        self.end_as(operation, state, vec![result], AuditOutcome::Denied, Some("caller_gone"), &Actor::House).await
    }
}
