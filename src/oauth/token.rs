//! `/token` and `/revoke`: codes and refresh tokens in, pairs out.

use std::net::SocketAddr;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Extension, State};
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CACHE_CONTROL, PRAGMA};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::error::Refusal;
use super::metadata::OFFLINE;
use super::state::OauthState;
use crate::domain::scope::Scopes;
use crate::grants::{CodeShown, RefreshShown, Tokens};
use crate::web::form::Fields;
use crate::web::proxy::client_network;

/// Gives tokens.
pub(super) async fn token(
    State(state): State<OauthState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let address = client_network(peer, &headers, &state.trusted_proxies);
    if let Err(often) = state.failed.spent(&address, state.clock.now()) {
        return Refusal::too_many(often.retry_after_seconds).into_response();
    }
    match give(&state, &headers, &Fields::parse(&body)).await {
        Ok(tokens) => answer(&tokens),
        Err(refusal) => {
            if refusal.is_failure_of_client() {
                state.failed.count(address, state.clock.now());
            }
            refusal.into_response()
        }
    }
}

async fn give(state: &OauthState, headers: &HeaderMap, fields: &Fields) -> Result<Tokens, Refusal> {
    let one = |name| fields.one(name).map_err(|_| Refusal::new("invalid_request", "A parameter is there twice."));
    let needed = |name: &'static str| {
        one(name)?.ok_or_else(|| Refusal::new("invalid_request", format!("The parameter {name} is needed.")))
    };
    // Public clients only: whoever sends a secret has one for somewhere else.
    if headers.contains_key(AUTHORIZATION) || one("client_secret")?.is_some() {
        return Err(Refusal::new("invalid_request", "Clients of this gateway have no secret; send client_id alone."));
    }
    let kind = needed("grant_type")?;
    if !["authorization_code", "refresh_token"].contains(&kind) {
        return Err(Refusal::new("unsupported_grant_type", "grant_type is authorization_code or refresh_token"));
    }
    let client = needed("client_id")?;
    let mut resources = fields.all("resource");
    let resource = resources.next();
    if resources.any(|other| Some(other) != resource) {
        return Err(Refusal::new("invalid_target", "There is one resource here."));
    }
    if kind == "refresh_token" {
        let scopes = one("scope")?.map(scopes).transpose()?.flatten();
        let shown = RefreshShown { token: needed("refresh_token")?, client, scopes, resource };
        let tokens = state.exchange.refresh(shown).await?;
        let counted = state.refreshed.check(tokens.grant.clone(), state.clock.now());
        counted.map_err(|often| Refusal::too_many(often.retry_after_seconds))?;
        return Ok(tokens);
    }
    let (code, verifier) = (needed("code")?, needed("code_verifier")?);
    let shown = CodeShown { code, client, redirect: one("redirect_uri")?, verifier, resource };
    Ok(state.exchange.redeem(shown).await?)
}

/// The scopes that are asked for; `None` where the only word is that for being refreshed.
fn scopes(text: &str) -> Result<Option<Scopes>, Refusal> {
    let words: Vec<&str> = text.split_whitespace().filter(|word| *word != OFFLINE).collect();
    if words.is_empty() {
        return Ok(None);
    }
    words.join(" ").parse().map(Some).map_err(|_| Refusal::new("invalid_scope", "A scope is not known."))
}

fn answer(tokens: &Tokens) -> Response {
    let mut body = json!({
        "access_token": tokens.access.expose(),
        "token_type": "Bearer",
        "expires_in": tokens.expires_in,
        "scope": tokens.scopes.to_string(),
    });
    if let Some(refresh) = &tokens.refresh {
        body["refresh_token"] = refresh.expose().into();
    }
    ([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(body)).into_response()
}

/// Takes a token back (RFC 7009). The answer is the same whether there was one.
pub(super) async fn revoke(
    State(state): State<OauthState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let address = client_network(peer, &headers, &state.trusted_proxies);
    if let Err(often) = state.revoked.check(address, state.clock.now()) {
        return Err(Refusal::too_many(often.retry_after_seconds));
    }
    let fields = Fields::parse(&body);
    let one = |name| fields.one(name).map_err(|_| Refusal::new("invalid_request", "A parameter is there twice."));
    let (Some(token), Some(client)) = (one("token")?, one("client_id")?) else {
        return Err(Refusal::new("invalid_request", "The parameters token and client_id are needed."));
    };
    state.exchange.revoke(token, client).await?;
    Ok(StatusCode::OK)
}
