//! `get_operation`: a change and what became of it.

use super::super::corridor::CallRequest;
use super::super::error::CallError;
use super::super::parts::Calls;
use crate::domain::ids::OperationId;
use crate::tools::house::{ChangeAnswer, GetOperation};

impl Calls {
    pub(super) async fn get_operation(
        &self,
        call: &CallRequest,
        asked: GetOperation,
    ) -> Result<(String, ChangeAnswer), CallError> {
        let id = OperationId::parse(asked.operation_id.as_str()).map_err(|_| CallError::NoSuchOperation)?;
        // Asked for by tenant: the id of another tenant's operation is the id of nothing.
        let found = self.parts().store.operations.find(&call.caller.tenant, &id).await?;
        let operation = found.ok_or(CallError::NoSuchOperation)?;
        let mut answer = self.change_answer(&operation, &call.context);
        answer.notes.extend(self.status_before_trash(&operation).await?);
        Ok((operation.account.clone(), answer))
    }
}
