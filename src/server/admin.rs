//! The admin listener: REST, pages, and why the gateway does not serve.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

use super::health::{Health, alive, not_ready, nothing};
use crate::config::ServerSettings;
use crate::web::entrance::{self, Entrance};
use crate::web::hosts::HostRules;
use crate::web::limits::BodyLimits;
use crate::web::request_id::MakeId;

/// The routes while the gateway is not ready.
pub(super) fn waiting(settings: &ServerSettings, health: &Health, make_id: MakeId) -> Router {
    layered(probes(health).fallback(not_ready), settings, make_id)
}

/// The routes when it is.
pub(super) fn serving(
    settings: &ServerSettings,
    health: &Health,
    make_id: MakeId,
    api: Router,
    pages: Router,
) -> Router {
    layered(probes(health).nest("/admin/v1", api).merge(pages).fallback(nothing), settings, make_id)
}

fn probes(health: &Health) -> Router {
    let health = health.clone();
    Router::new().route("/healthz", get(alive)).route("/readyz", get(move || std::future::ready(health.ready(true))))
}

/// What every request of this listener goes through.
fn layered(router: Router, settings: &ServerSettings, make_id: MakeId) -> Router {
    let (hosts, limits) = (HostRules::admin(&settings.admin), BodyLimits::from(&settings.limits));
    router.layer(from_fn_with_state(Arc::new(Entrance { make_id, hosts, limits }), entrance::pass))
}
