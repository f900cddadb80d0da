//! What users were before they were trashed, so that a restoration can offer it.

use std::collections::HashMap;

use serde_json::Value;

use super::error::CallError;
use super::parts::Calls;
use crate::domain::operation::{Operation, OperationState, Outcome};
use crate::store::ListOperations;

/// How many earlier changes are looked through.
const LOOKED_THROUGH: i64 = 200;

impl Calls {
    /// For a restoration that is done: a sentence for each user whose trashing this gateway remembers.
    pub(super) async fn status_before_trash(&self, restored: &Operation) -> Result<Vec<String>, CallError> {
        if restored.tool != "restore_users" || restored.state != OperationState::Done {
            return Ok(Vec::new());
        }
        let which =
            ListOperations { state: Some(OperationState::Done), caller: None, after: None, limit: LOOKED_THROUGH };
        let earlier = self.parts().store.operations.list(&restored.tenant, which).await?;
        let mut before: HashMap<String, String> = HashMap::new();
        for operation in earlier.iter().filter(|one| one.tool == "trash_users" && one.created_at <= restored.created_at)
        {
            for result in operation.results.iter().filter(|result| result.outcome == Outcome::Done) {
                let status = result.now.as_ref().and_then(|now| now.get("status_before")).and_then(Value::as_str);
                if let (Some(id), Some(status)) = (&result.id, status) {
                    // The newest comes first and is the one that counts.
                    before.entry(id.clone()).or_insert_with(|| status.to_owned());
                }
            }
        }
        let sentence = |(name, status): (&String, &String)| match status.as_str() {
            "active" | "bypass" | "disabled" => format!(
                "{name} was {status} before the trash: to set that again, modify_user with user {name} and status {status}."
            ),
            other => format!("{name} was {other} before the trash."),
        };
        let done = restored.results.iter().filter(|result| result.outcome == Outcome::Done);
        let known = done.filter_map(|result| Some((&result.name, before.get(result.id.as_ref()?)?)));
        Ok(known.map(sentence).collect())
    }
}
