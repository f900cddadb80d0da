//! The operator's part of an operation: look at it, say yes or no.

use std::sync::Arc;

use tokio::sync::Notify;

use super::error::ApprovalError;
use super::payload::open_plan;
use crate::domain::actor::Actor;
use crate::domain::audit::AuditEvent;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::ids::{EventId, OperationId};
use crate::domain::operation::{Operation, OperationState};
use crate::domain::plan::Plan;
use crate::domain::random::Random;
use crate::store::{Decided, Store};
use crate::vault::{Vault, WrappedDataKey};

/// What somebody says to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes: it is carried out, once.
    Approve,
    /// No: nothing is sent.
    Deny,
}

/// An operation with what exactly it will do.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The operation.
    pub operation: Operation,
    /// What it will do; `None` once it is over, and when it cannot be read.
    pub plan: Option<Plan>,
}

/// The operations of all tenants, as an operator decides them.
pub struct Approvals {
    store: Store,
    vault: Arc<Vault>,
    clock: Clock,
    random: Random,
    wake: Arc<Notify>,
}

impl Approvals {
    /// `wake` is notified after each yes, so that the worker of this replica need not wait for its next look.
    pub fn new(store: Store, vault: Arc<Vault>, clock: Clock, random: Random, wake: Arc<Notify>) -> Self {
        Self { store, vault, clock, random, wake }
    }

    /// What waits, oldest first, after this one; what has run out is left out, though its row may not say so yet.
    pub async fn list_waiting(&self, after: Option<&OperationId>, limit: i64) -> Result<Vec<Operation>, ApprovalError> {
        Ok(self.store.operations.waiting(after, limit, self.clock.now()).await?)
    }

    /// What was decided lately, newest first.
    pub async fn list_decided(&self, limit: i64) -> Result<Vec<Operation>, ApprovalError> {
        Ok(self.store.operations.decided(limit).await?)
    }

    /// One operation, with its plan while it has one.
    pub async fn show(&self, id: &OperationId) -> Result<Option<Shown>, ApprovalError> {
        let Some(operation) = self.store.operations.find_anywhere(id).await? else { return Ok(None) };
        let plan = self.plan(&operation).await?;
        Ok(Some(Shown { operation, plan }))
    }

    /// Says yes or no, once: whoever comes second, or too late, is told so and changes nothing.
    pub async fn decide(&self, id: &OperationId, verdict: Verdict, by: &Actor) -> Result<Operation, ApprovalError> {
        let operation = self.store.operations.find_anywhere(id).await?.ok_or(ApprovalError::Unknown)?;
        let now = self.clock.now();
        if operation.state != OperationState::Waiting || now >= operation.expires_at {
            return Err(ApprovalError::NotWaiting { operation: Box::new(operation) });
        }
        // A yes is a yes to something that can be read.
        if verdict == Verdict::Approve && self.plan(&operation).await?.is_none() {
            return Err(ApprovalError::Unreadable);
        }
        let event = self.event(&operation, verdict, by, now)?;
        let yes = verdict == Verdict::Approve;
        match self.store.operations.decide(&operation.tenant, id, yes, by, now, &event).await? {
            Decided::Done(operation) => {
                if yes {
                    self.wake.notify_one();
                }
                Ok(*operation)
            }
            Decided::Not(operation) => Err(ApprovalError::NotWaiting { operation }),
            Decided::Unknown => Err(ApprovalError::Unknown),
        }
    }

    /// The plan, if there is one that opens. One that does not is logged, and shown as none.
    async fn plan(&self, operation: &Operation) -> Result<Option<Plan>, ApprovalError> {
        let Some(sealed) = &operation.payload else { return Ok(None) };
        let Some(row) = self.store.data_keys.active(&operation.tenant).await? else { return Ok(None) };
        let row = WrappedDataKey { version: row.version, kek_id: row.kek_id, wrapped: row.wrapped };
        let key = self.vault.unwrap_data_key(&operation.tenant, &row)?;
        match open_plan(&self.vault, &key, &operation.tenant, &operation.id, sealed) {
            Ok(plan) => Ok(Some(plan)),
            Err(error) => {
                tracing::error!(operation.id = %operation.id, tenant.id = %operation.tenant, %error, "A plan does not open");
                Ok(None)
            }
        }
    }

    fn event(
        &self,
        operation: &Operation,
        verdict: Verdict,
        by: &Actor,
        now: Timestamp,
    ) -> Result<AuditEvent, ApprovalError> {
        let action = match verdict {
            Verdict::Approve => "operation.approve",
            Verdict::Deny => "operation.deny",
        };
        Ok(AuditEvent {
            tenant: Some(operation.tenant.clone()),
            account: Some(operation.account.clone()),
            digest: Some(operation.digest.clone()),
            level: Some(operation.level),
            objects: vec![operation.id.to_string()],
            operation: Some(operation.id.clone()),
            ..AuditEvent::done(EventId::new(&self.random)?, now, by.clone(), action)
        })
    }
}
