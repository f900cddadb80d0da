//! Prompts and resources: for callers who may read, and written down like a call.
//!
//! The request's `tool` is the protocol's method and its `arguments` are that method's, so that a state which a client
//! keeps is bound to the very prompt.

use serde_json::{Map, Value};

use super::answer::Reply;
use super::corridor::CallRequest;
use super::error::CallError;
use super::parts::Calls;
use crate::domain::actor::Caller;
use crate::domain::audit::AuditOutcome;
use crate::domain::clock::Timestamp;
use crate::domain::scope::Scope;
use crate::tools::content::Document;
use crate::tools::error::ToolError;
use crate::tools::prompts::{self, Words};
use crate::tools::resources;

impl Calls {
    /// Whether prompts and resources exist for this caller: the same answer fills the lists and guards the requests.
    pub fn shows_shelf(caller: &Caller) -> bool {
        caller.scopes().has(Scope::Read)
    }

    /// The words of the prompt that the arguments name; `None` when there is no such prompt.
    pub async fn prompt(&self, call: &CallRequest) -> Result<Option<Reply>, CallError> {
        let started = self.now();
        let result = self.words(call);
        self.note_shelf(call, started, &result).await?;
        result
    }

    /// The resource at the `uri` of the arguments; `None` when there is none.
    pub async fn resource(&self, call: &CallRequest) -> Result<Option<Document>, CallError> {
        let started = self.now();
        let result = may_read(call).map(|()| resources::read(text(call, "uri")));
        self.note_shelf(call, started, &result).await?;
        result
    }

    #[cfg_attr(not(feature = "conformance"), expect(clippy::unused_self, reason = "a prompt that asks needs the seal"))]
    fn words(&self, call: &CallRequest) -> Result<Option<Reply>, CallError> {
        may_read(call)?;
        let Some(prompt) = prompts::find(text(call, "name")) else { return Ok(None) };
        let none = Map::new();
        let given = call.arguments.get("arguments").and_then(Value::as_object).unwrap_or(&none);
        if let Some(complaint) = prompt.complaint(given) {
            return Err(ToolError::Arguments(complaint).into());
        }
        match prompt.words {
            Words::Given(words) => Ok(Some(Reply::Said(words(given)))),
            #[cfg(feature = "conformance")]
            Words::Asked(words) => self.asked(call, words).map(Some),
        }
    }

    async fn note_shelf<T>(
        &self,
        call: &CallRequest,
        started: Timestamp,
        result: &Result<Option<T>, CallError>,
    ) -> Result<(), CallError> {
        let (outcome, code) = match result {
            Ok(Some(_)) => (AuditOutcome::Ok, None),
            Ok(None) => (AuditOutcome::Failed, Some("not_found")),
            Err(error) if error.is_denial() => (AuditOutcome::Denied, Some(error.code())),
            Err(error) => (AuditOutcome::Failed, Some(error.code())),
        };
        let mut event = self.plain_event(&call.caller, &call.tool, outcome, call.request.clone())?;
        event.code = code.map(str::to_owned);
        event.duration_ms = Some(self.now().0 - started.0);
        Ok(self.parts().recorder.record(event).await?)
    }
}

fn may_read(call: &CallRequest) -> Result<(), CallError> {
    if Calls::shows_shelf(&call.caller) { Ok(()) } else { Err(CallError::Scope(Scope::Read)) }
}

fn text<'a>(call: &'a CallRequest, name: &str) -> &'a str {
    call.arguments.get(name).and_then(Value::as_str).unwrap_or_default()
}
