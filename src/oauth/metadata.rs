//! The documents by which a client finds its way: of resource and issuer.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CACHE_CONTROL;
use serde_json::{Value, json};

use super::state::OauthState;
use crate::domain::resource;
use crate::domain::scope::{Scope, Scopes};

/// How long the documents may be kept.
const KEPT: &str = "public, max-age=300";
/// What a client asks for when it wants to be refreshed.
pub(super) const OFFLINE: &str = "offline_access";

/// Of the resource (RFC 9728). It names the least scope that is of use, because clients ask for all of them at once.
pub(super) async fn of_resource(State(state): State<OauthState>) -> Response {
    let origin: &str = &state.origin;
    kept(json!({
        "resource": resource::canonical(origin),
        "authorization_servers": [origin],
        "scopes_supported": [Scopes::read_only().to_string()],
        "bearer_methods_supported": ["header"],
        "resource_name": "Duo Security MCP gateway",
    }))
}

/// Of the issuer (RFC 8414).
pub(super) async fn of_issuer(State(state): State<OauthState>) -> Response {
    let origin: &str = &state.origin;
    let scopes: Vec<&str> = Scope::ALL.into_iter().map(Scope::as_str).chain([OFFLINE]).collect();
    let mut document = json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/authorize"),
        "token_endpoint": format!("{origin}/token"),
        "revocation_endpoint": format!("{origin}/revoke"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "client_id_metadata_document_supported": state.documents,
        "authorization_response_iss_parameter_supported": true,
        "scopes_supported": scopes,
    });
    if state.registration {
        document["registration_endpoint"] = format!("{origin}/register").into();
    }
    kept(document)
}

fn kept(document: Value) -> Response {
    ([(CACHE_CONTROL, KEPT)], Json(document)).into_response()
}
