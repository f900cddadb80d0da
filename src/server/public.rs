//! The public listener: MCP, a page for people, health; else 404.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Html;
use axum::routing::get;

use super::health::{Health, not_ready, nothing};
use crate::config::ServerSettings;
use crate::web::entrance::{self, Entrance};
use crate::web::headers;
use crate::web::hosts::HostRules;
use crate::web::limits::BodyLimits;
use crate::web::request_id::MakeId;

/// The routes while the gateway is not ready.
pub(super) fn waiting(settings: &ServerSettings, health: &Health, make_id: MakeId) -> Router {
    layered(health.probes(false).method_not_allowed_fallback(nothing).fallback(not_ready), settings, make_id)
}

/// What the public listener serves, each with its own checks inside.
pub(super) struct Served {
    /// `/mcp`, its authentication included.
    pub(super) mcp: Router,
    /// What any page may call: metadata, registration, tokens.
    pub(super) open: Router,
    /// `/authorize` and the pages.
    pub(super) pages: Router,
    /// Whether people can let clients in here.
    pub(super) sign_in: bool,
}

/// The routes when it is.
pub(super) fn serving(settings: &ServerSettings, health: &Health, make_id: MakeId, served: Served) -> Router {
    let page = welcome(&settings.public.origin(), served.sign_in);
    let home =
        Router::new().route("/", get(move || std::future::ready(Html(page.clone())))).layer(from_fn(headers::pages));
    let rules = HostRules::public(&settings.public);
    let of = move |router: Router, hosts: Arc<HostRules>| behind(router, hosts, settings, Arc::clone(&make_id));
    let pages = of(served.pages, HostRules::own_pages(&settings.public));
    let open = of(served.open, rules.from_any_page());
    // Not layered as a whole: none of the three must meet the check of the others.
    of(health.probes(false).method_not_allowed_fallback(nothing).merge(home).merge(served.mcp).fallback(nothing), rules)
        .merge(pages)
        .merge(open)
}

/// What every request of this listener goes through.
fn layered(router: Router, settings: &ServerSettings, make_id: MakeId) -> Router {
    behind(router, HostRules::public(&settings.public), settings, make_id)
}

fn behind(router: Router, hosts: Arc<HostRules>, settings: &ServerSettings, make_id: MakeId) -> Router {
    let limits = BodyLimits::from(&settings.limits);
    router.layer(from_fn_with_state(Arc::new(Entrance { make_id, hosts, limits }), entrance::pass))
}

/// The page at `/`, for a person who pasted the address into a browser. The origin comes from the settings, and is a URL.
fn welcome(origin: &str, sign_in: bool) -> String {
    let origin = origin.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let way = if sign_in {
        "Paste it into an AI client and sign in, or send an API key in the header \
         <code>Authorization: Bearer dgk_…</code>."
    } else {
        "AI clients connect with an API key in the header <code>Authorization: Bearer dgk_…</code>."
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>duo-mcp-gateway</title></head>\n<body>\n<main>\n\
         <h1>duo-mcp-gateway</h1>\n\
         <p>An MCP server for Duo Security at <code>{origin}/mcp</code>. {way}</p>\n\
         <p>Keys and invites are made by the operator of this gateway.</p>\n</main>\n</body>\n</html>\n"
    )
}
