//! `get_context`: who acts, where, and with which rights.

use super::super::corridor::CallRequest;
use super::super::error::CallError;
use super::super::parts::Calls;
use crate::domain::card::Toolset;
use crate::domain::connection::CredentialStatus;
use crate::domain::operation::OperationState;
use crate::store::ListOperations;
use crate::tenants::ConnectionContext;
use crate::tools::house::{ConnectionRow, Context};

/// How many waiting operations are named.
const MOST_WAITING: i64 = 20;

impl Calls {
    pub(super) async fn get_context(&self, call: &CallRequest) -> Result<Context, CallError> {
        let which =
            ListOperations { state: Some(OperationState::Waiting), caller: None, after: None, limit: MOST_WAITING };
        let mut waiting = self.parts().store.operations.list(&call.caller.tenant, which).await?;
        waiting.retain(|operation| self.now() < operation.expires_at);
        Ok(Context {
            tenant: call.context.tenant.name.clone(),
            person: call.caller.person().to_owned(),
            member: call.caller.member.id.to_string(),
            role: call.caller.member.role,
            key: call.caller.means().to_owned(),
            scopes: call.caller.scopes().iter().collect(),
            connections: call.context.connections.iter().map(|connection| row(connection)).collect(),
            toolsets: Toolset::ALL.into_iter().map(|toolset| toolset.as_str().to_owned()).collect(),
            waiting_operations: waiting.iter().map(|operation| operation.id.to_string()).collect(),
            approvals_url: self.settings().approvals.of(&call.context).to_owned(),
        })
    }
}

fn row(connection: &ConnectionContext) -> ConnectionRow {
    let amiss: Vec<String> = connection
        .credentials
        .iter()
        .filter(|credential| credential.status != CredentialStatus::Verified)
        .map(|credential| format!("The {} credential is {}.", credential.api.title(), credential.status.as_str()))
        .collect();
    ConnectionRow {
        name: connection.connection.name.to_string(),
        host: connection.connection.host.as_str().to_owned(),
        apis: connection.verified().map(|credential| credential.api.as_str().to_owned()).collect(),
        notice: amiss.join(" "),
    }
}
