//! Answers as clients read them: a line and the JSON; or a form's question.

use std::collections::BTreeMap;

use rmcp::model::{
    CallToolResponse, CallToolResult, ContentBlock, ElicitRequest, ElicitRequestParams, ElicitationSchema,
    Implementation, InputRequest, InputRequiredResult, MetaObject, ResourceContents,
};
use serde_json::{Value, json};

use super::error::Advice;
use crate::calls::Reply;
use crate::tools::content::{Body, Content, Document};

/// The one field of a form.
pub(super) const CONFIRM: &str = "confirm";
/// The name that the question has in the protocol.
pub(super) const QUESTION: &str = "confirmation";

/// An answer or a question, with the server's name on it.
pub(super) fn reply(reply: Reply, me: &Implementation) -> CallToolResponse {
    match reply {
        Reply::Answer { summary, structured, .. } => {
            let text = written(summary, &structured);
            let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
            result.structured_content = Some(structured);
            signed(result, me).into()
        }
        Reply::Ask { message, phrase, state } => question(message, &phrase, state, me),
        Reply::Said(contents) => signed(CallToolResult::success(contents.into_iter().map(block).collect()), me).into(),
        #[cfg(feature = "conformance")]
        Reply::Questions { questions, state } => match super::talk::asked(questions, state, me) {
            Ok(asked) => asked.into(),
            Err(error) => CallToolResult::error(vec![ContentBlock::text(error.message)]).into(),
        },
    }
}

/// A piece of content as the protocol writes it.
pub(super) fn block(content: Content) -> ContentBlock {
    match content {
        Content::Text(text) => ContentBlock::text(text),
        Content::Image { base64, mime } => ContentBlock::image(base64, mime),
        Content::Audio { base64, mime } => ContentBlock::audio(base64, mime),
        Content::Document(found) => ContentBlock::resource(document(found)),
    }
}

/// A resource as the protocol writes it.
pub(super) fn document(found: Document) -> ResourceContents {
    let contents = match found.body {
        Body::Text(text) => ResourceContents::text(text, found.uri),
        Body::Base64(bytes) => ResourceContents::blob(bytes, found.uri),
    };
    contents.with_mime_type(found.mime)
}

/// The line and the JSON, written behind it without a copy.
fn written(summary: String, structured: &Value) -> String {
    let mut text = summary.into_bytes();
    text.push(b'\n');
    // A Value can always be written, and what is written is UTF-8.
    let _ = serde_json::to_writer(&mut text, structured);
    String::from_utf8(text).unwrap_or_default()
}

/// A failure that the model can act on. It carries no structured content, which would break the output schema.
pub(super) fn failure(advice: &Advice, me: &Implementation) -> CallToolResponse {
    let text = serde_json::to_string(advice).unwrap_or_else(|_| advice.message.clone());
    signed(CallToolResult::error(vec![ContentBlock::text(text)]), me).into()
}

fn question(message: String, phrase: &str, state: String, me: &Implementation) -> CallToolResponse {
    let property = json!({
        "type": "object",
        "properties": {
            CONFIRM: { "type": "string", "title": format!("Type {phrase} to go on"), "minLength": 1, "maxLength": 256 }
        },
        "required": [CONFIRM]
    });
    let schema: Option<ElicitationSchema> = serde_json::from_value(property).ok();
    let Some(requested_schema) = schema else {
        return CallToolResult::error(vec![ContentBlock::text("the form cannot be made")]).into();
    };
    let params = ElicitRequestParams::FormElicitationParams { meta: None, message, requested_schema };
    let ask = InputRequest::Elicitation(ElicitRequest::new(params));
    let questions: BTreeMap<String, InputRequest> = [(QUESTION.to_owned(), ask)].into_iter().collect();
    let mut result = InputRequiredResult::new(Some(questions), Some(state));
    result.meta = Some(server_info(me));
    result.into()
}

fn signed(mut result: CallToolResult, me: &Implementation) -> CallToolResult {
    result.meta = Some(server_info(me));
    result
}

/// The server's name, as every result carries it.
pub(super) fn server_info(me: &Implementation) -> MetaObject {
    let mut meta = MetaObject::default();
    meta.0.insert("io.modelcontextprotocol/serverInfo".into(), serde_json::to_value(me).unwrap_or(Value::Null));
    meta
}
