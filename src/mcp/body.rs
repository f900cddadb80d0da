//! A look at each request before the library's: JSON, nesting, what it accepts.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::IgnoredAny;
use serde_json::json;

use super::authenticate::Visitor;
use super::challenge::insufficient;
use super::state::McpState;
use super::step_up::missing;
use crate::web::limits::is_deeper_than;

const BOTH: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");

/// Refuses what is no single JSON-RPC message with the protocol's own error; takes whatever a client accepts to mean
/// both forms, because answers come as JSON alone and older clients ask for that alone.
pub(super) async fn look(state: &McpState, request: Request) -> Result<Request, Box<Response>> {
    if request.method() != Method::POST {
        return Ok(request);
    }
    let (mut parts, body) = request.into_parts();
    let limits = &state.limits;
    let Ok(bytes) = to_bytes(body, limits.body_bytes).await else {
        return Err(Box::new(refusal(StatusCode::PAYLOAD_TOO_LARGE, -32600, "The request body is too large.")));
    };
    if is_deeper_than(&bytes, limits.json_depth) {
        return Err(Box::new(refusal(StatusCode::BAD_REQUEST, -32600, "The request body is nested too deeply.")));
    }
    match bytes.trim_ascii_start().first() {
        Some(b'[') => {
            let message = "Batches are not taken; send each message by itself.";
            return Err(Box::new(refusal(StatusCode::BAD_REQUEST, -32600, message)));
        }
        Some(b'{') if serde_json::from_slice::<IgnoredAny>(&bytes).is_ok() => {}
        _ => return Err(Box::new(refusal(StatusCode::BAD_REQUEST, -32700, "The request body is not a JSON object."))),
    }
    if let Some(visitor) = parts.extensions.get::<Visitor>()
        && let Some(scopes) = missing(visitor, &bytes)
    {
        return Err(Box::new(insufficient(&state.door, scopes)));
    }
    parts.headers.insert(ACCEPT, BOTH);
    parts.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

fn refusal(status: StatusCode, code: i32, message: &str) -> Response {
    let body = json!({ "jsonrpc": "2.0", "id": null, "error": { "code": code, "message": message } });
    (status, axum::Json(body)).into_response()
}
