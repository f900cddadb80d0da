//! The public listener: MCP, a page for people, health; else 404.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Html;
use axum::routing::get;

use super::health::{Health, alive, not_ready, nothing};
use crate::config::ServerSettings;
use crate::web::entrance::{self, Entrance};
use crate::web::headers;
use crate::web::hosts::HostRules;
use crate::web::limits::BodyLimits;
use crate::web::request_id::MakeId;

/// The routes while the gateway is not ready.
pub(super) fn waiting(settings: &ServerSettings, health: &Health, make_id: MakeId) -> Router {
    layered(probes(health).fallback(not_ready), settings, make_id)
}

/// The routes when it is. `mcp` answers `/mcp`, its authentication included.
pub(super) fn serving(settings: &ServerSettings, health: &Health, make_id: MakeId, mcp: Router) -> Router {
    let page = welcome(&settings.public.origin());
    let home =
        Router::new().route("/", get(move || std::future::ready(Html(page.clone())))).layer(from_fn(headers::pages));
    layered(probes(health).merge(home).merge(mcp).fallback(nothing), settings, make_id)
}

fn probes(health: &Health) -> Router {
    let health = health.clone();
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(move || std::future::ready(health.ready(false))))
        .method_not_allowed_fallback(nothing)
}

/// What every request of this listener goes through.
fn layered(router: Router, settings: &ServerSettings, make_id: MakeId) -> Router {
    let (hosts, limits) = (HostRules::public(&settings.public), BodyLimits::from(&settings.limits));
    router.layer(from_fn_with_state(Arc::new(Entrance { make_id, hosts, limits }), entrance::pass))
}

/// The page at `/`, for a person who pasted the address into a browser. The origin comes from the settings, and is a URL.
fn welcome(origin: &str) -> String {
    let origin = origin.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>duo-mcp-gateway</title></head>\n<body>\n<main>\n\
         <h1>duo-mcp-gateway</h1>\n\
         <p>An MCP server for Duo Security. AI clients connect to <code>{origin}/mcp</code> with an API key in the \
         header <code>Authorization: Bearer dgk_…</code>.</p>\n\
         <p>API keys are made by the operator of this gateway.</p>\n</main>\n</body>\n</html>\n"
    )
}
