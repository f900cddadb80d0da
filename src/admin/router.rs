//! The routes of the REST API.

use axum::Router;
use axum::routing::{delete, get, post, put};

use super::error::AdminError;
use super::state::AdminState;
use super::{
    audit, connections, credentials, grants, identities, invites, keys, members, operations, passkeys, tenants,
};

/// The REST API, to be nested under `/admin/v1`.
pub fn router(state: AdminState) -> Router {
    Router::new()
        .route("/operators/me", get(tenants::me))
        .route("/tenants", get(tenants::list).post(tenants::register))
        .route("/tenants/{tenant}", get(tenants::show).patch(tenants::change).delete(tenants::delete))
        .route("/tenants/{tenant}/suspend", post(tenants::suspend))
        .route("/tenants/{tenant}/resume", post(tenants::resume))
        .route("/tenants/{tenant}/connections", get(connections::list))
        .route(
            "/tenants/{tenant}/connections/{connection}",
            put(connections::put).get(connections::show).delete(connections::delete),
        )
        .route("/tenants/{tenant}/connections/{connection}/credentials", get(credentials::list))
        .route(
            "/tenants/{tenant}/connections/{connection}/credentials/{api}",
            put(credentials::put).get(credentials::show).delete(credentials::delete),
        )
        .route("/tenants/{tenant}/connections/{connection}/credentials/{api}/verify", post(credentials::verify))
        .route("/tenants/{tenant}/members", get(members::list).post(members::make))
        .route("/tenants/{tenant}/members/{member}", get(members::show).patch(members::change).delete(members::remove))
        .route("/tenants/{tenant}/members/{member}/owner-key", post(members::make_owner_key))
        .route("/tenants/{tenant}/members/{member}/identities", post(identities::link))
        .route("/tenants/{tenant}/owner-keys", get(members::owner_keys))
        .route("/tenants/{tenant}/passkeys", get(passkeys::list))
        .route("/tenants/{tenant}/passkeys/{passkey}", delete(passkeys::remove))
        .route("/tenants/{tenant}/invites", get(invites::list).post(invites::make))
        .route("/tenants/{tenant}/invites/{invite}", delete(invites::revoke))
        .route("/invites", get(invites::list_founding).post(invites::make_founding))
        .route("/invites/{invite}", delete(invites::revoke_founding))
        .route("/tenants/{tenant}/keys", get(keys::list).post(keys::make))
        .route("/tenants/{tenant}/keys/{key}", delete(keys::revoke))
        .route("/tenants/{tenant}/grants", get(grants::list))
        .route("/tenants/{tenant}/grants/{grant}", delete(grants::revoke))
        .route("/clients", get(grants::clients))
        .route("/clients/{client}", delete(grants::expel))
        .route("/tenants/{tenant}/audit", get(audit::list))
        .route("/operations", get(operations::list))
        .route("/operations/{operation}", get(operations::show))
        .route("/operations/{operation}/approve", post(operations::approve))
        .route("/operations/{operation}/deny", post(operations::deny))
        .fallback(async || AdminError::NotFound("resource"))
        .method_not_allowed_fallback(async || AdminError::NoSuchMethod)
        .with_state(state)
}
