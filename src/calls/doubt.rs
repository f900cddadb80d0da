//! Credentials that Duo refused during a call: asked about once more, and marked.

use std::time::Duration;

use tokio::time::sleep;

use super::error::CallError;
use super::parts::Calls;
use crate::domain::actor::Actor;
use crate::domain::audit::{AuditEvent, AuditOutcome};
use crate::domain::connection::{CredentialStatus, SealedCredential};
use crate::domain::ids::EventId;
use crate::tenants::{Opener, probe};

/// How long Duo is left alone before it is asked again: what it says twice in a row is no slip.
const PAUSE: Duration = Duration::from_secs(2);
/// How often one credential is asked about at the most. Some refusals are about a request and not about its keys.
const EVERY_MS: i64 = 60_000;

impl Calls {
    /// Duo refused these keys. Behind the call it is asked again by a harmless read; if it says the same, the credential
    /// is marked, so that people see it and nobody knocks at Duo's door with it any more. One that Duo accepts, or says
    /// nothing about, stays as it is.
    pub(super) fn doubt(&self, keys: Opener) {
        let (id, now) = (keys.sealed().id.clone(), self.now());
        {
            let mut doubted = self.0.doubted.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            doubted.retain(|_, at| now.0 - at.0 < EVERY_MS);
            if doubted.insert(id.clone(), now).is_some() {
                return;
            }
        }
        let calls = self.clone();
        tokio::spawn(async move {
            sleep(PAUSE).await;
            match calls.ask_again(&keys).await {
                Ok(true) => tracing::warn!(credential.id = %id, "Duo does not accept a credential any more"),
                Ok(false) => {}
                Err(error) => tracing::warn!(credential.id = %id, %error, "a refused credential could not be marked"),
            }
        });
    }

    /// Whether Duo said it again, and it was written down.
    async fn ask_again(&self, keys: &Opener) -> Result<bool, CallError> {
        let parts = self.parts();
        let sealed = keys.sealed();
        let found = probe(&parts.client, keys, sealed.api, self.now()).await;
        if !found.is_err_and(|refuted| refuted.is_wrong_key()) {
            return Ok(false);
        }
        let event = self.rejection(sealed)?;
        let (status, grants) = (CredentialStatus::Rejected, &sealed.grants);
        let credentials = &parts.store.credentials;
        // Exactly this version: one that was put in its place meanwhile is not touched.
        let marked =
            credentials.checked(&sealed.tenant, &sealed.id, sealed.version, status, grants, self.now(), &event).await?;
        Ok(marked)
    }

    fn rejection(&self, sealed: &SealedCredential) -> Result<AuditEvent, CallError> {
        Ok(AuditEvent {
            tenant: Some(sealed.tenant.clone()),
            outcome: AuditOutcome::Failed,
            code: Some("credential_rejected".into()),
            objects: vec![sealed.id.to_string(), format!("version {}", sealed.version)],
            ..AuditEvent::done(EventId::new(&self.parts().random)?, self.now(), Actor::House, "credential.verify")
        })
    }
}
