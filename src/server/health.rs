//! `/healthz` (the process lives) and `/readyz` (it serves): 200 or 503.

use std::sync::{Arc, PoisonError, RwLock};

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde_json::json;

use crate::web::problem::Problem;

/// Whether the gateway serves, and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It has not found its database and keys yet.
    Starting,
    /// Something that an operator can mend keeps it from serving; it tries again and again.
    Held(String),
    /// It serves.
    Ready,
    /// It is shutting down.
    Stopping,
}

/// Asks whether what replicas cache is fresh: without that a request could not be answered.
pub(super) type IsFresh = Arc<dyn Fn() -> bool + Send + Sync>;

/// What `/readyz` tells; every clone tells the same.
#[derive(Clone)]
pub(super) struct Health(Arc<RwLock<State>>);

struct State {
    phase: Phase,
    is_fresh: Option<IsFresh>,
}

impl Health {
    pub(super) fn new() -> Self {
        Self(Arc::new(RwLock::new(State { phase: Phase::Starting, is_fresh: None })))
    }

    pub(super) fn set(&self, phase: Phase) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).phase = phase;
    }

    pub(super) fn watch(&self, is_fresh: IsFresh) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).is_fresh = Some(is_fresh);
    }

    /// Why it does not serve; `None` when it does.
    fn trouble(&self) -> Option<(&'static str, String)> {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match &state.phase {
            Phase::Starting => Some(("starting", "The database and the keys are being opened.".to_owned())),
            Phase::Held(why) => Some(("held", why.clone())),
            Phase::Stopping => Some(("stopping", "The gateway is shutting down.".to_owned())),
            Phase::Ready => state
                .is_fresh
                .as_ref()
                .is_some_and(|is_fresh| !is_fresh())
                .then(|| ("stale", "The database has not answered for two seconds.".to_owned())),
        }
    }

    /// `/healthz` and `/readyz`, as every listener has them. Only the admin listener tells why the gateway is not ready.
    pub(super) fn probes(&self, with_detail: bool) -> Router {
        let health = self.clone();
        Router::new()
            .route("/healthz", get(alive))
            .route("/readyz", get(move || std::future::ready(health.ready(with_detail))))
    }

    fn ready(&self, with_detail: bool) -> Response {
        match self.trouble() {
            None => Json(json!({"status": "ready"})).into_response(),
            Some((code, why)) => {
                let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, "The gateway is not ready");
                let problem = if with_detail { problem.with_detail(why) } else { problem };
                problem.with_retry_after(2).into_response()
            }
        }
    }
}

/// The answer of `/healthz`.
async fn alive() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// The answer to everything while the gateway is not ready.
pub(super) async fn not_ready() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", "The gateway is not ready").with_retry_after(2)
}

/// The answer where there is nothing.
pub(super) async fn nothing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address")
}
