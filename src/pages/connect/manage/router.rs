//! The routes of the manage pages.

use axum::Router;
use axum::routing::{get, post};

use super::super::state::ConnectState;
use super::{acts, credentials, operations, overview};

/// The routes, for the router of the connect pages.
pub(in crate::pages::connect) fn routes() -> Router<ConnectState> {
    Router::new()
        .route("/connect/manage", get(overview::show))
        .route("/connect/manage/check", post(acts::check))
        .route("/connect/manage/credentials", post(credentials::put))
        .route("/connect/manage/grants/revoke", post(acts::revoke_grant))
        .route("/connect/manage/keys/revoke", post(acts::revoke_key))
        .route("/connect/manage/passkeys/remove", post(acts::remove_passkey))
        .route("/connect/manage/members/remove", post(acts::remove_member))
        .route("/connect/manage/members/change", post(acts::change_member))
        .route("/connect/manage/rules", post(acts::rules))
        .route("/connect/manage/members/key", post(acts::key_for_member))
        .route("/connect/manage/invites", post(acts::invite))
        .route("/connect/manage/invites/revoke", post(acts::revoke_invite))
        .route("/connect/manage/owner-key", post(acts::own_key))
        .route("/connect/manage/delete", post(acts::delete))
        .route("/connect/operations/{operation}", get(operations::show))
        .route("/connect/operations/{operation}/approve", post(operations::approve))
        .route("/connect/operations/{operation}/deny", post(operations::deny))
}
