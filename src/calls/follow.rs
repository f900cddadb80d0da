//! Following a push to its end, so that a denial is noticed though nobody asks.

use std::pin::pin;
use std::time::Duration;

use duo_api::{Budget, Call, DuoError};
use serde_json::json;
use tokio::time::sleep;

use super::error::CallError;
use super::parts::Calls;
use super::reach::state_of;
use crate::domain::clock::Timestamp;
use crate::domain::plan::AccountRef;
use crate::domain::push::{Push, PushState};
use crate::tools::duo::Endpoint;
use crate::tools::endpoint::auth::Status;
use crate::tools::error::ToolError;

/// How long Duo lets an authentication stand open, and a little.
const LIFE_MS: i64 = 75_000;
/// How long one question to Duo may take: it answers at the next change.
const PATIENCE: Duration = Duration::from_secs(70);

impl Calls {
    /// Takes one push that nobody follows, if there is one.
    pub(super) async fn take_push(&self) -> Result<Option<Push>, CallError> {
        Ok(self.parts().store.pushes.claim_to_follow(&self.lease(), self.now()).await?)
    }

    /// Asks Duo until the push has ended, and writes down how.
    pub(super) async fn follow(&self, push: Push) {
        if let Err(error) = self.follow_to_its_end(&push).await {
            tracing::warn!(push.id = %push.id, tenant.id = %push.tenant, %error, "a push could not be followed to its end");
        }
    }

    async fn follow_to_its_end(&self, push: &Push) -> Result<(), CallError> {
        let Some(txid) = &push.txid else { return Ok(()) };
        let given_up = push.created_at.plus_ms(LIFE_MS);
        loop {
            let Some(asked) = self.while_followed(push, self.ask_status(push, txid, given_up)).await else {
                return Ok(());
            };
            match asked {
                Ok((result, status, message)) => {
                    if let Some(state) = state_of(&result, &status) {
                        let pushes = &self.parts().store.pushes;
                        let (status, message) = (Some(status.as_str()), Some(message.as_str()));
                        pushes.finish(&push.tenant, &push.id, state, status, message, self.now()).await?;
                        return Ok(());
                    }
                }
                // A 400 in the middle of a poll may mean "nothing yet"; a fault passes. The end of the time does not.
                Err(error) if self.now() < given_up => {
                    tracing::debug!(push.id = %push.id, %error, "asking again how a push stands");
                    sleep(Duration::from_secs(1)).await;
                }
                Err(_) => {}
            }
            if self.now() >= given_up {
                let pushes = &self.parts().store.pushes;
                pushes.finish(&push.tenant, &push.id, PushState::Unknown, None, None, self.now()).await?;
                return Ok(());
            }
        }
    }

    /// Waits for Duo, and keeps the lease meanwhile, so that a push of a killed process is taken over soon although one
    /// question may take a minute; `None` when another replica follows the push now, or it is over.
    async fn while_followed<T>(
        &self,
        push: &Push,
        asking: impl Future<Output = Result<T, CallError>>,
    ) -> Option<Result<T, CallError>> {
        let mut asking = pin!(asking);
        loop {
            tokio::select! {
                answer = &mut asking => return Some(answer),
                () = sleep(self.settings().lease / 3) => {
                    // A database that is away is no reason to stop asking Duo: what it answers can be written later.
                    let kept = self.parts().store.pushes.keep_following(&push.id, &self.lease()).await;
                    if matches!(kept, Ok(false)) {
                        return None;
                    }
                }
            }
        }
    }

    async fn ask_status(
        &self,
        push: &Push,
        txid: &str,
        given_up: Timestamp,
    ) -> Result<(String, String, String), CallError> {
        let context = self.parts().registry.context(&push.tenant).await?;
        let reference = AccountRef { connection: push.connection.clone(), name: String::new(), child: None };
        let account = self.account_of(&context, &reference)?;
        let keys = account.keys(duo_api::Api::Auth).ok_or(CallError::NoCredential(duo_api::Api::Auth))?;
        let endpoint = Status::ID.endpoint().ok_or(CallError::Broken)?;
        let left = u64::try_from(given_up.0 - self.now().0).unwrap_or(0).max(1_000);
        let mut budget = Budget::LONG_POLL;
        budget.total = PATIENCE.min(Duration::from_millis(left));
        let params = [("txid".to_owned(), json!(txid))].into_iter().collect::<serde_json::Map<_, _>>();
        let call = Call { endpoint, params: params.into(), account: None, budget };
        let answer = self.parts().client.send(&*keys, &call).await.map_err(ToolError::from)?;
        let status =
            answer.parse::<<Status as Endpoint>::Answer>().map_err(|error: DuoError| ToolError::from(error))?;
        Ok((
            status.result.as_str().to_owned(),
            status.status.unwrap_or_default(),
            status.status_msg.unwrap_or_default(),
        ))
    }
}
