//! Which body belongs to which tool of the house.

use serde_json::Value;

use crate::calls::answer::Reply;
use crate::calls::corridor::CallRequest;
use crate::calls::error::CallError;
use crate::calls::parts::Calls;
use crate::tools::entry::{Answered, parse};

impl Calls {
    /// Runs a tool of the house.
    pub(in crate::calls) async fn house(&self, call: &CallRequest) -> Result<Reply, CallError> {
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
