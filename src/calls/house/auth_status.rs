//! `auth_status`: how an authentication stands, read from the row that follows it.

use std::time::Duration;

use tokio::time::sleep;

use super::super::corridor::CallRequest;
use super::super::error::CallError;
use super::super::parts::{Calls, millis};
use super::super::reach::result_word;
use crate::domain::push::Push;
use crate::tools::house::{AuthState, AuthStatus};

/// How long the answer is held back for a person who has not answered yet, so that few questions are enough.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often the row is looked at meanwhile.
const EVERY: Duration = Duration::from_millis(400);

impl Calls {
    pub(super) async fn auth_status(
        &self,
        call: &CallRequest,
        asked: AuthStatus,
    ) -> Result<(String, AuthState), CallError> {
        let until = self.now().plus_ms(millis(PATIENCE));
        let push = loop {
            let found = self.parts().store.pushes.find_by_txid(&call.caller.tenant, asked.txid.as_str()).await?;
            let push = found.ok_or(CallError::NoSuchAuthentication)?;
            if !push.state.is_open() || self.now() >= until {
                break push;
            }
            sleep(EVERY).await;
        };
        let connection = call.context.connections.iter().find(|one| one.connection.id == push.connection);
        let account = connection.map(|one| one.connection.name.to_string()).unwrap_or_default();
        Ok((account, state(asked.txid.as_str(), &push)))
    }
}

fn state(txid: &str, push: &Push) -> AuthState {
    AuthState {
        txid: txid.to_owned(),
        result: result_word(push.state).to_owned(),
        username: push.username.clone(),
        factor: push.factor.clone(),
        status_msg: push.status_msg.clone().unwrap_or_default(),
        finished_at: push.finished_at.map(|at| at.to_string()).unwrap_or_default(),
        ask_again_in_s: push.state.is_open().then_some(2),
    }
}
