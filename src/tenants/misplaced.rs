//! An operator's key that is shown where clients come in.

use std::sync::{Mutex, PoisonError};

use super::registry::Registry;
use crate::domain::audit::{AuditEvent, AuditOutcome};
use crate::domain::clock::Timestamp;
use crate::domain::ids::EventId;
use crate::domain::random::Random;
use crate::tokens::TokenHash;

/// When an operator's key was last looked for.
#[derive(Debug, Default)]
pub(super) struct LastLook(Mutex<Option<Timestamp>>);

impl LastLook {
    /// Whether it may be looked for now: once a second, so that made-up keys cost little.
    fn may(&self, now: Timestamp) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let may = last.is_none_or(|last| now.0 - last.0 >= 1_000);
        if may {
            *last = Some(now);
        }
        may
    }
}

impl Registry {
    /// Writes down that an operator's key was shown to a client's door: it may be in hands, or in a program, that it was
    /// not made for. One that works nowhere is no news.
    pub(super) async fn note_misplaced(&self, hash: &TokenHash) {
        let inner = self.inner();
        let now = inner.clock.now();
        if !inner.last_look.may(now) {
            return;
        }
        let Ok(Some(operator)) = inner.store.operators.find_by_hash(hash).await else { return };
        if operator.revoked_at.is_some() || operator.expires_at <= now {
            return;
        }
        tracing::error!(operator.id = %operator.id, "an operator's key was shown where clients come in; revoke it");
        let Ok(id) = EventId::new(&Random::system()) else { return };
        let event = AuditEvent {
            outcome: AuditOutcome::Denied,
            code: Some("misplaced".to_owned()),
            objects: vec![operator.id.to_string()],
            ..AuditEvent::done(id, now, operator.actor(), "operator_key.misplaced")
        };
        if let Err(error) = inner.store.audit.append(&[event]).await {
            tracing::error!(%error, "that an operator's key was misplaced could not be written down");
        }
    }
}
