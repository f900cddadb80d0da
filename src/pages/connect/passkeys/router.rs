//! The routes of passkeys.

use axum::Router;
use axum::routing::{get, post};

use super::super::state::ConnectState;
use super::{add, question, sign_in};

/// Where one is made.
pub(in crate::pages::connect) const NEW: &str = "/connect/manage/passkeys/new";

/// Where somebody signs in, which may be on the way of a client's request.
pub(in crate::pages::connect) fn on_the_way() -> Router<ConnectState> {
    Router::new()
        .route("/connect/passkey", post(sign_in::at_the_door))
        .route("/connect/again/passkey", post(sign_in::again))
        .route("/connect/{request}/passkey", post(sign_in::on_the_way))
        .route("/assets/passkeys.js", get(question::script))
}

/// Where a member makes one.
pub(in crate::pages::connect) fn at_home() -> Router<ConnectState> {
    Router::new().route(NEW, get(add::show).post(add::take))
}
