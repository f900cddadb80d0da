//! Coming in: a session that is always new, a key for who is new.

use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderMap;
use http::header::SET_COOKIE;
use zeroize::Zeroizing;

use super::error::{ConnectError, Unshown};
use super::once::{Envelope, Once, What};
use super::state::ConnectState;
use crate::domain::ids::OperationId;
use crate::domain::member::{Member, MemberSession};
use crate::tenants::{Joined, SESSION_SECONDS, Welcomed};
use crate::tokens::Token;

/// Where who has signed in goes, unless for a client's request or an operation.
pub(super) const HOME: &str = "/connect/done";
/// How long a browser remembers for what somebody came.
const AFTER_SECONDS: u64 = 10 * 60;

/// Goes on with the session that was opened. One that was there before, and which somebody may have planted, ends.
pub(super) async fn with_session(
    state: &ConnectState,
    session: &Token,
    headers: &HeaderMap,
    next: &str,
) -> Result<Response, ConnectError> {
    let wanted = state.after.read(headers).and_then(|id| OperationId::parse(id).ok()).filter(|_| next == HOME);
    let Some(id) = wanted else {
        return with_cookie(state, session, headers, Redirect::to(next).into_response()).await;
    };
    let mut response = Redirect::to(&format!("/connect/operations/{id}")).into_response();
    if let Some(cookie) = state.after.clear() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    with_cookie(state, session, headers, response).await
}

/// Who came by an invite is a member, with a key to come back with.
pub(super) async fn joined(
    state: &ConnectState,
    joined: &Joined,
    headers: &HeaderMap,
    next: &str,
) -> Result<Response, ConnectError> {
    let shown = show_key(state, &joined.member, &joined.owner_key, vec![], headers, next).await;
    shown.map_err(|why| ConnectError::unshown(Unshown::Joined, why))
}

/// Who brought a Duo account is the owner of a new tenant.
pub(super) async fn founded(
    state: &ConnectState,
    welcomed: Welcomed,
    headers: &HeaderMap,
    next: &str,
) -> Result<Response, ConnectError> {
    let shown = show_key(state, &welcomed.owner, &welcomed.owner_key, welcomed.notices, headers, next).await;
    shown.map_err(|why| ConnectError::unshown(Unshown::Founded, why))
}

/// A member makes its own key anew, which ends the old one and its sessions.
pub(super) async fn renewed(
    state: &ConnectState,
    session: &MemberSession,
    headers: &HeaderMap,
    next: &str,
) -> Result<Response, ConnectError> {
    let key = state.acts.renew_owner_key(session).await?;
    let shown = show_key(state, &session.member, &key, vec![], headers, next).await;
    shown.map_err(|why| ConnectError::unshown(Unshown::Renewed, why))
}

/// Leads who is to decide an operation to the sign-in, and from there back to it.
pub(super) fn for_operation(state: &ConnectState, id: &str) -> Response {
    let mut response = Redirect::to("/connect").into_response();
    if let Ok(id) = OperationId::parse(id)
        && let Some(cookie) = state.after.set(id.as_str(), AFTER_SECONDS)
    {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// Signs in and shows the key. Whoever this is for is kept by then, with the hash of the key and not with the key: what
/// fails here has to say so.
async fn show_key(
    state: &ConnectState,
    member: &Member,
    key: &Token,
    notices: Vec<String>,
    headers: &HeaderMap,
    next: &str,
) -> Result<Response, ConnectError> {
    // The session comes after the key: making a key ends the sessions that there were.
    let (_, session) = state.acts.open_session(member, key).await?;
    let secret = Zeroizing::new(key.expose().to_owned());
    let once = Once { what: What::OwnerKey, secret, notices, next: next.to_owned() };
    let response = Envelope::of(state, member).await?.lead(once)?;
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
