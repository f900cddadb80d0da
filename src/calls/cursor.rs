//! Cursors: positions that nobody can make up or carry to another question.

use std::time::Duration;

use rmcp::model::SealOptions;
use serde_json::{Map, Value};

use super::corridor::CallRequest;
use super::error::CallError;
use super::parts::Calls;
use crate::audit::digest;
use crate::tools::entry::Answered;

/// How long a cursor can be used.
const LIFETIME: Duration = Duration::from_hours(1);

impl Calls {
    /// The arguments with the position that the cursor holds in its place.
    pub(super) fn open_cursor(&self, call: &CallRequest, account: &str) -> Result<Map<String, Value>, CallError> {
        let mut arguments = call.arguments.clone();
        let Some(cursor) = arguments.get("cursor").and_then(Value::as_str) else { return Ok(arguments) };
        let bound = self.bound(call, account);
        let opened = self.0.cursors.open_with(cursor, bound.as_bytes()).map_err(|_| CallError::BadCursor)?;
        let position = String::from_utf8(opened).map_err(|_| CallError::BadCursor)?;
        arguments.insert("cursor".into(), position.into());
        Ok(arguments)
    }

    /// Seals the position that a tool answered.
    pub(super) fn seal_cursor(&self, call: &CallRequest, account: &str, answered: &mut Answered) {
        let Some(position) = answered.fields.get("next_cursor").and_then(Value::as_str) else { return };
        let bound = self.bound(call, account);
        let options = SealOptions::new().associated_data(bound.as_bytes()).ttl(LIFETIME);
        let sealed = self.0.cursors.seal_with(position.as_bytes(), &options);
        answered.fields.insert("next_cursor".into(), sealed.into());
    }

    /// What a cursor is bound to: tenant, tool, account and every argument but those that may differ between pages.
    fn bound(&self, call: &CallRequest, account: &str) -> String {
        let mut filter = call.arguments.clone();
        for free in ["cursor", "limit", "fields"] {
            filter.shift_remove(free);
        }
        filter.insert("account".into(), account.into());
        digest(&self.parts().keyring.house, &call.caller.tenant, &call.tool, &Value::Object(filter))
    }
}
