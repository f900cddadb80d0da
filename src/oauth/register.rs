//! `/register`: a client says who it is (RFC 7591).

use std::net::SocketAddr;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Extension, State};
use axum::response::{IntoResponse, Response};
use http::header::CACHE_CONTROL;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::error::Refusal;
use super::state::OauthState;
use crate::web::limits::is_deeper_than;
use crate::web::proxy::client_network;

/// The longest registration.
const MOST_BYTES: usize = 16 * 1024;
/// The deepest nesting of one.
const DEEPEST: usize = 8;

/// Registers a client. The same registration again gives the same client.
pub(super) async fn register(
    State(state): State<OauthState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let address = client_network(peer, &headers, &state.trusted_proxies);
    if let Err(often) = state.registered.check(address, state.clock.now()) {
        return Err(Refusal::too_many(often.retry_after_seconds));
    }
    let not_json = || Refusal::new("invalid_client_metadata", "A registration is a JSON object.");
    if body.len() > MOST_BYTES || is_deeper_than(&body, DEEPEST) {
        return Err(not_json());
    }
    let Ok(Value::Object(said)) = serde_json::from_slice(&body) else { return Err(not_json()) };
    let answer = state.clients.register(&said, address).await?;
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}
