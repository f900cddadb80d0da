//! The `/mcp` route: authentication, then the body, then the protocol.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use super::authenticate::authenticate;
use super::handler::Handler;
use super::state::McpState;

/// The route. Host, Origin, request id and the time of a body are the listener's, which this is mounted on.
pub fn router(state: McpState) -> Router {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        // Host and Origin are checked by the listener for all of its routes, with the names of the settings.
        .disable_allowed_hosts()
        .with_max_request_body_bytes(state.limits.body_bytes)
        .with_cancellation_token(state.stop.clone());
    let handler = Handler::new(state.calls.clone());
    let service =
        StreamableHttpService::new(move || Ok(handler.clone()), Arc::new(NeverSessionManager::default()), config);
    Router::new()
        .route_service("/mcp", service)
        // One layer, whose state is shared: each is copied for every request, with all that lies inside of it.
        .layer(from_fn_with_state(Arc::new(state), authenticate))
}
