//! The routes of the connect pages, for the public listener.

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};

use super::error::ConnectError;
use super::state::ConnectState;
use super::{consent, push, sign_in};
use crate::web::headers;

/// The pages.
pub fn router(state: ConnectState) -> Router {
    Router::new()
        .route("/connect/{request}", get(consent::show))
        .route("/connect/{request}/sign-in", post(sign_in::by_key))
        .route("/connect/{request}/join", post(sign_in::by_invite))
        .route("/connect/{request}/sign-out", post(sign_in::out))
        .route("/connect/{request}/push", post(push::send))
        .route("/connect/{request}/approve", post(consent::approve))
        .route("/connect/{request}/deny", post(consent::deny))
        .route("/assets/style.css", get(super::super::router::style))
        .method_not_allowed_fallback(async || ConnectError::Over)
        .with_state(state)
        .layer(from_fn(headers::on_the_way))
}
