//! The routes of the pages.

use axum::Router;
use axum::middleware::from_fn;
use axum::response::Redirect;
use axum::routing::{get, post};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use super::error::PageError;
use super::state::PagesState;
use super::{approvals, decision, sign_in};
use crate::web::headers;

const STYLE: &str = include_str!("templates/style.css");

/// The pages, for the root of the admin listener.
pub fn router(state: PagesState) -> Router {
    Router::new()
        .route("/", get(async || Redirect::to("/approvals")))
        .route("/approvals", get(approvals::list))
        .route("/approvals/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route("/approvals/sign-out", post(sign_in::sign_out))
        .route("/approvals/{operation}", get(approvals::show))
        .route("/approvals/{operation}/approve", post(decision::approve))
        .route("/approvals/{operation}/deny", post(decision::deny))
        .route("/assets/style.css", get(style))
        .method_not_allowed_fallback(async || PageError::NotFound)
        .with_state(state)
        .layer(from_fn(headers::pages))
}

pub(super) async fn style() -> impl axum::response::IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=300")], STYLE)
}
