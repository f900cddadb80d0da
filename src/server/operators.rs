//! Making and revoking operator keys.

use crate::domain::actor::{Actor, Operator};
use crate::domain::audit::AuditEvent;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::ids::{EventId, OperatorId};
use crate::domain::random::Random;
use crate::store::Store;
use crate::tokens::{self, Kind, Token};

use super::error::BootError;

/// How long an operator key works: a year.
const SECONDS: i64 = 365 * 86_400;

/// Makes and revokes operator keys, on behalf of whoever sits at the machine.
pub struct OperatorKeys {
    store: Store,
    clock: Clock,
    random: Random,
}

impl OperatorKeys {
    /// Makes keys in this store.
    pub fn new(store: Store, clock: Clock, random: Random) -> Self {
        Self { store, clock, random }
    }

    /// The first operator and its key; `None` when there is or ever was one.
    pub async fn bootstrap(&self, name: &str) -> Result<Option<(Token, Operator)>, BootError> {
        let (token, operator, event) = self.draw(name, "operator.bootstrap")?;
        let is_first = self.store.operators.bootstrap(&operator, &token.hash(), &event).await?;
        Ok(is_first.then_some((token, operator)))
    }

    /// Another operator and its key.
    pub async fn create(&self, name: &str) -> Result<(Token, Operator), BootError> {
        let (token, operator, event) = self.draw(name, "operator.create")?;
        self.store.operators.create(&operator, &token.hash(), &event).await?;
        Ok((token, operator))
    }

    /// Takes an operator's key back and ends its sessions; false when there is none, or it was taken back before.
    pub async fn revoke(&self, operator: &OperatorId) -> Result<bool, BootError> {
        let now = self.clock.now();
        let event = self.event("operator.revoke", operator, now)?;
        Ok(self.store.operators.revoke(operator, now, &event).await?)
    }

    fn draw(&self, name: &str, action: &str) -> Result<(Token, Operator, AuditEvent), BootError> {
        let now = self.clock.now();
        let token = tokens::make(Kind::OperatorKey, &self.random)?;
        let operator = Operator {
            id: OperatorId::new(&self.random)?,
            name: name.to_owned(),
            created_at: now,
            expires_at: now.plus_seconds(SECONDS),
            revoked_at: None,
        };
        let event = self.event(action, &operator.id, now)?;
        Ok((token, operator, event))
    }

    fn event(&self, action: &str, operator: &OperatorId, now: Timestamp) -> Result<AuditEvent, BootError> {
        Ok(AuditEvent {
            objects: vec![operator.to_string()],
            ..AuditEvent::done(EventId::new(&self.random)?, now, Actor::Console, action)
        })
    }
}
