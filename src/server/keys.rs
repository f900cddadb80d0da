//! The listener that takes API keys alone: MCP, health; else a real 404.
//!
//! Clients that find anything but a 404 where a sign-in could be described drop the key that a person configured.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::any;

use super::health::{Health, not_ready, nothing};
use crate::config::ServerSettings;
use crate::web::entrance::{self, Entrance};
use crate::web::hosts::HostRules;
use crate::web::limits::BodyLimits;
use crate::web::request_id::MakeId;

/// The routes while the gateway is not ready. What is not there is not there now either: a client that meets anything but a
/// 404 where a sign-in would be described remembers it.
pub(super) fn waiting(settings: &ServerSettings, health: &Health, make_id: MakeId) -> Router {
    let mcp = Router::new().route("/mcp", any(not_ready));
    layered(health.probes(false).method_not_allowed_fallback(nothing).merge(mcp).fallback(nothing), settings, make_id)
}

/// The routes when it is.
pub(super) fn serving(settings: &ServerSettings, health: &Health, make_id: MakeId, mcp: Router) -> Router {
    layered(health.probes(false).method_not_allowed_fallback(nothing).merge(mcp).fallback(nothing), settings, make_id)
}

/// What every request of this listener goes through.
fn layered(router: Router, settings: &ServerSettings, make_id: MakeId) -> Router {
    let (hosts, limits) = (HostRules::keys(&settings.keys), BodyLimits::from(&settings.limits));
    router.layer(from_fn_with_state(Arc::new(Entrance { make_id, hosts, limits }), entrance::pass))
}
