//! Coming in: a session that is always new, a key for who is new.

use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderMap;
use http::header::SET_COOKIE;
use zeroize::Zeroizing;

use super::error::ConnectError;
use super::once::{self, Once, What};
use super::state::ConnectState;
use super::visitor::actor;
use crate::domain::member::Member;
use crate::tenants::{SESSION_SECONDS, Welcomed};
use crate::tokens::Token;

/// Goes on with the session that was opened. One that was there before, and which somebody may have planted, ends.
pub(super) async fn with_session(
    state: &ConnectState,
    session: &Token,
    headers: &HeaderMap,
    next: &str,
) -> Result<Response, ConnectError> {
    with_cookie(state, session, headers, Redirect::to(next).into_response()).await
}

/// Who came by an invite is a member and has no key yet: one is made and shown.
pub(super) async fn joined(
    state: &ConnectState,
    member: &Member,
    headers: &HeaderMap,
    next: &str,
) -> Result<Response, ConnectError> {
    let (_, key) = state.acts.make_owner_key(&member.tenant, &member.id, &actor(member)).await?;
    show_key(state, member, &key, vec![], headers, next).await
}

/// Who brought a Duo account is the owner of a new tenant.
pub(super) async fn founded(
    state: &ConnectState,
    welcomed: Welcomed,
    headers: &HeaderMap,
    next: &str,
) -> Result<Response, ConnectError> {
    show_key(state, &welcomed.owner, &welcomed.owner_key, welcomed.notices, headers, next).await
}

async fn show_key(
    state: &ConnectState,
    member: &Member,
    key: &Token,
    notices: Vec<String>,
    headers: &HeaderMap,
    next: &str,
) -> Result<Response, ConnectError> {
    // The session comes after the key: making a key ends the sessions that there were.
    let (_, session) = state.acts.open_session(member).await?;
    let secret = Zeroizing::new(key.expose().to_owned());
    let once = Once { what: What::OwnerKey, secret, notices, next: next.to_owned() };
    let response = once::lead(state, member, once).await?;
    with_cookie(state, &session, headers, response).await
}

async fn with_cookie(
    state: &ConnectState,
    session: &Token,
    headers: &HeaderMap,
    mut response: Response,
) -> Result<Response, ConnectError> {
    if let Some(old) = state.session.read(headers) {
        state.acts.sign_out(old).await?;
    }
    let seconds = u64::try_from(SESSION_SECONDS).unwrap_or_default();
    if let Some(cookie) = state.session.set(session.expose(), seconds) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
