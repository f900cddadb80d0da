//! The corridor: find the tool, check the caller, decide, do, write down.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::abandoned::CallUnderWay;
use super::answer::Reply;
use super::error::CallError;
use super::parts::{Calls, millis};
use crate::domain::actor::Caller;
use crate::domain::audit::AuditOutcome;
use crate::domain::card::Level;
use crate::domain::clock::Timestamp;
use crate::domain::ids::RequestId;
use crate::domain::policy::permitted;
use crate::tenants::TenantContext;
use crate::tools::catalog::{self, Choice, find};
use crate::tools::duo::Duo;
use crate::tools::entry::{Answered, Entry, Kind};
use crate::tools::shape;

/// A tool call, by whom and with which means.
#[derive(Clone)]
pub struct CallRequest {
    /// Who calls.
    pub caller: Caller,
    /// The caller's tenant.
    pub context: Arc<TenantContext>,
    /// The request that it came with.
    pub request: Option<RequestId>,
    /// The tool.
    pub tool: String,
    /// Its arguments.
    pub arguments: Map<String, Value>,
    /// Whether the client can show a form.
    pub client_can_ask: bool,
    /// The tools that the client's address chose.
    pub choice: Choice,
    /// What came of a form that was shown before.
    pub form: Option<FormAnswer>,
    /// What the client can do beside showing forms, and what it answered.
    #[cfg(feature = "conformance")]
    pub talk: crate::tools::talk::Talk,
}

/// What came of a form.
#[derive(Clone, Debug)]
pub struct FormAnswer {
    /// The state that the form was handed out with.
    pub state: String,
    /// What the person typed; `None` when the person declined or closed the form.
    pub typed: Option<String>,
}

impl Calls {
    /// The tools that exist for this caller, by the client's choice.
    pub fn list(&self, caller: &Caller, context: &TenantContext, choice: &Choice) -> Vec<&'static Entry> {
        // What one step-up would add is listed, or no client would ever ask for it.
        let (scopes, opens) = (caller.reach(), context.opens());
        catalog::all()
            .filter(|entry| choice.has(entry))
            .filter(|entry| permitted(&entry.card, entry.needs(), scopes, opens).is_ok())
            .collect()
    }

    /// Walks the corridor with one call.
    pub async fn call(&self, call: CallRequest) -> Result<Reply, CallError> {
        let started = self.now();
        let entry = find(&call.tool)
            .filter(|entry| permitted(&entry.card, entry.needs(), call.caller.scopes(), call.context.opens()).is_ok());
        let Some(entry) = entry else {
            self.record(&call, None, started, Err(&CallError::UnknownTool)).await?;
            return Err(CallError::UnknownTool);
        };
        let underway = CallUnderWay::new(self, &call, entry, started);
        let result = if call.choice.has(entry) {
            self.walk(&call, entry, &underway).await
        } else {
            let toolset = entry.card.toolset;
            Err(CallError::NotChosen { toolset, looks_only: call.choice.looks_only() && entry.card.level > Level::L0 })
        };
        underway.over();
        // What was committed with a change is not written twice; what never got that far is.
        let is_recorded =
            matches!(&result, Ok(reply) if reply.is_recorded()) || matches!(&result, Err(CallError::Pending { .. }));
        if !is_recorded {
            self.record(&call, Some(entry), started, result.as_ref()).await?;
        }
        result
    }

    /// Writes down a call that was refused because the tenant is suspended.
    pub async fn note_suspended(
        &self,
        caller: &Caller,
        tool: &str,
        request: Option<RequestId>,
    ) -> Result<(), CallError> {
        let known = find(tool).map_or("unknown_tool", |entry| entry.card.name);
        let mut event = self.plain_event(caller, known, AuditOutcome::Denied, request)?;
        event.code = Some("tenant_suspended".into());
        Ok(self.parts().recorder.record(event).await?)
    }

    async fn walk(
        &self,
        call: &CallRequest,
        entry: &'static Entry,
        underway: &CallUnderWay<'_>,
    ) -> Result<Reply, CallError> {
        let arguments = Value::Object(call.arguments.clone());
        if let Some(scope) = (entry.check)(&arguments)?
            && !call.caller.scopes().has(scope)
        {
            return Err(CallError::Scope(scope));
        }
        match entry.kind {
            // Boxed, or every read would carry the room that a change takes, and be moved about with it.
            Kind::House => Box::pin(self.house(call)).await,
            Kind::Change(plan) => Box::pin(self.change(call, plan, underway)).await,
            #[cfg(feature = "conformance")]
            Kind::Talk(run) => self.talk(call, run).await,
            Kind::Read(run) => {
                let duo = self.duo(call).await?;
                let account = duo.account().name.clone();
                let arguments = self.open_cursor(call, &account)?;
                let mut answered = run(Value::Object(arguments), duo).await?;
                self.seal_cursor(call, &account, &mut answered);
                Ok(self.reply(&account, answered))
            }
        }
    }

    /// The account that the arguments name, ready to be called.
    pub(super) async fn duo(&self, call: &CallRequest) -> Result<Duo, CallError> {
        let named = call.arguments.get("account").and_then(Value::as_str).map(str::trim);
        let account = self.account(&call.context, named).await?;
        let me = account.defaults().username_of(&call.caller.member);
        Ok(self.duo_until(account, self.now().plus_ms(millis(self.settings().call))).called_by(me))
    }

    pub(super) fn duo_until(&self, account: Arc<dyn crate::tools::duo::Account>, deadline: Timestamp) -> Duo {
        Duo::new(self.parts().client.clone(), account, self.parts().clock.clone(), deadline)
    }

    /// The answer with the account first and the time, cleaned for a reader.
    pub(super) fn reply(&self, account: &str, answered: Answered) -> Reply {
        let mut fields = Map::with_capacity(answered.fields.len() + 2);
        fields.insert("account".into(), account.into());
        fields.insert("as_of".into(), self.now().to_string().into());
        fields.extend(answered.fields);
        let mut value = Value::Object(fields);
        shape::clean(&mut value);
        Reply::answer(shape::clean_text(&answered.summary, 500), value)
    }

    /// Writes down a call that changed nothing.
    async fn record(
        &self,
        call: &CallRequest,
        entry: Option<&Entry>,
        started: Timestamp,
        result: Result<&Reply, &CallError>,
    ) -> Result<(), CallError> {
        let mut event = self.event(call, result.map_or_else(outcome_of, |_| AuditOutcome::Ok))?;
        if entry.is_none() {
            // A name that is no tool's is a stranger's text; it is not worth a row of its own wording.
            event.action = "unknown_tool".into();
        }
        // Of a change that was not planned only the highest level is known.
        event.level = entry.map(|entry| entry.card.level);
        if let (Ok(Reply::Answer { structured, .. }), Some(Kind::Read(_))) = (&result, entry.map(|entry| entry.kind)) {
            event.account = structured.get("account").and_then(Value::as_str).map(str::to_owned);
        }
        event.code = result.err().map(|error| error.code().to_owned());
        event.duration_ms = Some(self.now().0 - started.0);
        // In a task of its own: with the strict setting this is a write that a client's hanging up would undo.
        let recorder = self.parts().recorder.clone();
        let written = self.0.underway.spawn(async move { recorder.record(event).await });
        Ok(written.await.map_err(|_| CallError::Broken)??)
    }
}

fn outcome_of(error: &CallError) -> AuditOutcome {
    if error.is_denial() { AuditOutcome::Denied } else { AuditOutcome::Failed }
}
