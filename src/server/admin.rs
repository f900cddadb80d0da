//! The admin listener: REST, pages, and why the gateway does not serve.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;

use super::health::{Health, not_ready, nothing};
use crate::config::ServerSettings;
use crate::web::entrance::{self, Entrance};
use crate::web::hosts::HostRules;
use crate::web::limits::BodyLimits;
use crate::web::request_id::MakeId;

/// The routes while the gateway is not ready.
pub(super) fn waiting(settings: &ServerSettings, health: &Health, make_id: MakeId) -> Router {
    layered(health.probes(true).fallback(not_ready), settings, make_id)
}

/// The routes when it is.
pub(super) fn serving(
    settings: &ServerSettings,
    health: &Health,
    make_id: MakeId,
    api: Router,
    pages: Router,
) -> Router {
    layered(health.probes(true).nest("/admin/v1", api).merge(pages).fallback(nothing), settings, make_id)
}

/// What every request of this listener goes through.
fn layered(router: Router, settings: &ServerSettings, make_id: MakeId) -> Router {
    let (hosts, limits) = (HostRules::admin(&settings.admin), BodyLimits::from(&settings.limits));
    router.layer(from_fn_with_state(Arc::new(Entrance { make_id, hosts, limits }), entrance::pass))
}
