//! The public listener: MCP, a page for people, health; else 404.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

use super::health::{Health, not_ready, nothing};
use crate::config::ServerSettings;
use crate::pages::connect::{Landing, browsers_go_home, landing};
use crate::web::entrance::{self, Entrance};
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
    /// What the page at `/` says.
    pub(super) landing: Landing,
}

/// The routes when it is.
pub(super) fn serving(settings: &ServerSettings, health: &Health, make_id: MakeId, served: Served) -> Router {
    let home = landing(served.landing);
    let mcp = served.mcp.layer(from_fn(browsers_go_home));
    let rules = HostRules::public(&settings.public);
    let of = move |router: Router, hosts: Arc<HostRules>| behind(router, hosts, settings, Arc::clone(&make_id));
    let pages = of(served.pages, HostRules::own_pages(&settings.public));
    let open = of(served.open, rules.from_any_page());
    // Not layered as a whole: none of the three must meet the check of the others.
    of(health.probes(false).method_not_allowed_fallback(nothing).merge(home).merge(mcp).fallback(nothing), rules)
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
