//! Fixtures in conversation: what a client can do, is asked, and is told meanwhile.

use std::pin::pin;

use rmcp::RoleServer;
use rmcp::model::{
    ClientCapabilities, ErrorData, Implementation, InputRequest, InputRequests, InputRequiredResult, InputResponses,
    JsonObject, ProgressNotificationParam, ProtocolVersion, ServerCapabilities,
};
use rmcp::service::{RequestContext, SubscriptionContext};
use serde_json::{Value, json};
use tokio::sync::broadcast;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::render::server_info;
use crate::calls::CallRequest;
use crate::tools::talk::{Means, Question, Remark, Talk};

/// Tells every stream of this process that a list has changed.
pub(super) type Changes = broadcast::Sender<Remark>;

/// How many changes a slow stream may be behind.
const BEHIND: usize = 16;

pub(super) fn changes() -> Changes {
    broadcast::channel(BEHIND).0
}

/// Adds what only fixtures have to what the server says that it has.
pub(super) fn advertise(all: &mut ServerCapabilities) {
    all.logging = Some(JsonObject::new());
    if let Some(tools) = &mut all.tools {
        tools.list_changed = Some(true);
    }
    if let Some(prompts) = &mut all.prompts {
        prompts.list_changed = Some(true);
    }
    if let Some(resources) = &mut all.resources {
        resources.subscribe = Some(true);
    }
}

/// What the client brought along.
pub(super) fn brought(context: &RequestContext<RoleServer>, responses: Option<&InputResponses>) -> Talk {
    let answers = responses.map(|all| all.iter().map(|(name, value)| (name.clone(), value.clone())).collect());
    Talk { answers: answers.unwrap_or_default(), means: means(context), ..Talk::default() }
}

/// Without a session only a client of 2026-07-28 can be asked, for what it declared.
fn means(context: &RequestContext<RoleServer>) -> Means {
    if !is_modern(context) {
        return Means::default();
    }
    let declared = context.client_capabilities().and_then(|all| serde_json::to_value(all).ok()).unwrap_or_default();
    Means {
        form: super::handler::can_ask(context),
        model: declared.get("sampling").is_some(),
        roots: declared.get("roots").is_some(),
    }
}

fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}

/// The protocol's error for a client that did not declare what a tool needs.
pub(super) fn lacks(means: Means) -> ErrorData {
    let names = [(means.form, "elicitation"), (means.model, "sampling"), (means.roots, "roots")];
    let needed: JsonObject =
        names.into_iter().filter(|(is, _)| *is).map(|(_, name)| (name.to_owned(), json!({}))).collect();
    match serde_json::from_value::<ClientCapabilities>(Value::Object(needed)) {
        Ok(needed) => ErrorData::missing_required_client_capability(needed),
        Err(error) => ErrorData::internal_error(error.to_string(), None),
    }
}

/// The questions as the protocol writes them.
pub(super) fn asked(
    questions: Vec<(&'static str, Question)>,
    state: Option<String>,
    me: &Implementation,
) -> Result<InputRequiredResult, ErrorData> {
    let written = questions.into_iter().map(|(name, question)| Ok((name.to_owned(), written(question)?)));
    let written: Result<InputRequests, serde_json::Error> = written.collect();
    let written = written.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
    Ok(InputRequiredResult::new(Some(written), state).with_meta(server_info(me)))
}

fn written(question: Question) -> Result<InputRequest, serde_json::Error> {
    serde_json::from_value(match question {
        Question::Form { message, schema } => json!({
            "method": "elicitation/create",
            "params": { "mode": "form", "message": message, "requestedSchema": schema }
        }),
        Question::Model { prompt, most_tokens } => json!({
            "method": "sampling/createMessage",
            "params": {
                "messages": [{ "role": "user", "content": { "type": "text", "text": prompt } }],
                "maxTokens": most_tokens
            }
        }),
        Question::Roots => json!({ "method": "roots/list", "params": {} }),
    })
}

/// The call, and what its tool says while it works.
pub(super) fn overheard(mut call: CallRequest) -> (CallRequest, UnboundedReceiver<Remark>) {
    let (tell, heard) = unbounded_channel();
    call.talk.tell = Some(tell);
    (call, heard)
}

/// Passes on what a tool says until it is done.
pub(super) async fn listened<T>(
    work: impl Future<Output = T>,
    mut heard: UnboundedReceiver<Remark>,
    context: &RequestContext<RoleServer>,
    changes: &Changes,
) -> T {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            Some(remark) = heard.recv() => pass_on(remark, context, changes).await,
            result = &mut work => {
                while let Ok(remark) = heard.try_recv() {
                    pass_on(remark, context, changes).await;
                }
                return result;
            }
        }
    }
}

async fn pass_on(remark: Remark, context: &RequestContext<RoleServer>, changes: &Changes) {
    // Whoever has gone is told nothing.
    match remark {
        Remark::Progress(percent) => {
            if let Some(token) = context.meta.get_progress_token() {
                let progress = ProgressNotificationParam::new(token, f64::from(percent)).with_total(100.0);
                let _ = context.peer.notify_progress(progress).await;
            }
        }
        Remark::Log(line) => {
            // From 2026-07-28 on a client says with each request whether it wants a log.
            if !is_modern(context) || context.meta.log_level().is_some() {
                log(line, context).await;
            }
        }
        Remark::ToolsChanged | Remark::PromptsChanged => {
            let _ = changes.send(remark);
        }
    }
}

#[expect(deprecated, reason = "the suite asks for it as long as the protocol has it")]
async fn log(line: &str, context: &RequestContext<RoleServer>) {
    let info = rmcp::model::LoggingLevel::Info;
    let line = rmcp::model::LoggingMessageNotificationParam::new(info, json!(line));
    let _ = context.peer.notify_logging_message(line).await;
}

/// Serves one stream of changes until it is closed.
pub(super) async fn stream(subscription: SubscriptionContext, changes: &Changes) {
    let mut heard = changes.subscribe();
    loop {
        let remark = tokio::select! {
            () = subscription.cancelled() => return,
            remark = heard.recv() => remark,
        };
        // A change that the client did not ask for is refused by the sink, which is what the scenario looks at.
        let _ = match remark {
            Ok(Remark::ToolsChanged) => subscription.sink().notify_tool_list_changed().await,
            Ok(Remark::PromptsChanged) => subscription.sink().notify_prompt_list_changed().await,
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => Ok(()),
            Err(broadcast::error::RecvError::Closed) => return,
        };
    }
}
