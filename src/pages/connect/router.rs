//! The routes of the connect pages, for the public listener.

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};

use super::error::ConnectError;
use super::state::ConnectState;
use super::{consent, done, door, manage, newcomer, once, passkeys, provider, push, sign_in};
use crate::web::headers;

/// The pages.
pub fn router(state: ConnectState) -> Router {
    Router::new()
        .route("/connect", get(door::show))
        .route("/connect/sign-in", post(door::by_key))
        .route("/connect/join", post(door::by_invite))
        .route("/connect/sign-out", post(door::sign_out))
        .route("/connect/oidc", post(provider::begin))
        .route("/connect/oidc/callback", get(provider::back))
        .route("/connect/again", get(door::again).post(door::take_again))
        .route("/connect/again/oidc", post(provider::begin_again))
        .route("/connect/new", get(newcomer::show).post(newcomer::take))
        .route("/connect/key", get(once::show))
        .route("/connect/{request}", get(consent::show))
        .route("/connect/{request}/new", get(newcomer::show_asked).post(newcomer::take_asked))
        .route("/connect/{request}/sign-in", post(sign_in::by_key))
        .route("/connect/{request}/join", post(sign_in::by_invite))
        .route("/connect/{request}/oidc", post(provider::begin_asked))
        .route("/connect/{request}/sign-out", post(sign_in::out))
        .route("/connect/{request}/push", get(push::answered).post(push::send))
        .route("/connect/{request}/approve", post(consent::approve))
        .route("/connect/{request}/deny", post(consent::deny))
        .merge(passkeys::on_the_way())
        .method_not_allowed_fallback(async || ConnectError::Over)
        .with_state(state.clone())
        .layer(from_fn(headers::on_the_way))
        .merge(at_home(state))
}

/// The pages that no client's request goes through; no window that opened them has any hold on them.
fn at_home(state: ConnectState) -> Router {
    manage::routes()
        .merge(passkeys::at_home())
        .route("/connect/done", get(done::show))
        .route("/connect/done/key", post(done::make_key))
        .route("/connect/confirm", get(push::confirm))
        .route("/connect/confirm/push", get(push::answered_for_key).post(push::send_for_key))
        .method_not_allowed_fallback(async || ConnectError::Over)
        .with_state(state)
        .layer(from_fn(headers::pages))
}
