//! The bodies of the tools of the house: what needs the tenant's rows.

mod auth_status;
mod check_auth;
mod get_context;
mod get_operation;
mod list_accounts;

use serde_json::Value;

use super::answer::Reply;
use super::corridor::CallRequest;
use super::error::CallError;
use super::parts::Calls;
use crate::tools::entry::{Answered, parse};

impl Calls {
    /// Runs a tool of the house.
    pub(super) async fn house(&self, call: &CallRequest) -> Result<Reply, CallError> {
        let arguments = Value::Object(call.arguments.clone());
        let all = call.context.names().join(", ");
        let (account, answered) = match call.tool.as_str() {
            "get_context" => (all, Answered::of(&self.get_context(call).await?)),
            "list_accounts" => (all, Answered::of(&self.list_accounts(call, parse(arguments)?).await?)),
            "check_auth" => (all, Answered::of(&self.check_auth(call, parse(arguments)?).await?)),
            "auth_status" => {
                let (account, state) = self.auth_status(call, parse(arguments)?).await?;
                (account, Answered::of(&state))
            }
            "get_operation" => {
                let (account, answer) = self.get_operation(call, parse(arguments)?).await?;
                (account, Answered::of(&answer))
            }
            _ => return Err(CallError::UnknownTool),
        };
        Ok(self.reply(&account, answered))
    }
}
