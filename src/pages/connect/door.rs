//! `/connect` without a client: signing in, out, and once more.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Extension, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};

use super::arrive::{self, HOME};
use super::error::ConnectError;
use super::page::AgainPage;
use super::passkeys::{ask, scripted};
use super::sign_in::{NOT_LET_IN, count_failure, may_try, not_joined, sign_in_page, wrong_key};
use super::state::ConnectState;
use super::typed::Typed;
use super::visitor::Visitor;
use crate::web::form::Fields;

const BASE: &str = "/connect";

/// The sign-in; who is signed in goes on.
pub(super) async fn show(State(state): State<ConnectState>, headers: HeaderMap) -> Result<Response, ConnectError> {
    let visitor = Visitor::of(&state, &headers).await?;
    if visitor.member().is_some() {
        return Ok(Redirect::to(HOME).into_response());
    }
    Ok(form(&state, &visitor, StatusCode::OK, Typed::default()))
}

/// The form to sign in, with what was wrong before.
pub(super) fn form(state: &ConnectState, visitor: &Visitor, status: StatusCode, typed: Typed) -> Response {
    let proof = (visitor.csrf(state), visitor.browser());
    let page = sign_in_page(state, BASE.to_owned(), proof, None, typed);
    scripted(visitor.answer(state, status, &page), page.passkey.is_some())
}

/// Takes an owner key.
pub(super) async fn by_key(
    State(state): State<ConnectState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (visitor, fields) = Visitor::posted(&state, &headers, &body).await?;
    let address = may_try(&state, peer, &headers)?;
    if let Some((_, token)) = state.acts.sign_in(fields.text("key")).await? {
        return arrive::with_session(&state, &token, &headers, HOME).await;
    }
    count_failure(&state, address);
    Ok(form(&state, &visitor, NOT_LET_IN, wrong_key()))
}

/// Takes an invite into a tenant.
pub(super) async fn by_invite(
    State(state): State<ConnectState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (visitor, fields) = Visitor::posted(&state, &headers, &body).await?;
    let address = may_try(&state, peer, &headers)?;
    match state.acts.join(fields.text("invite"), fields.text("name"), None).await {
        Ok(joined) => arrive::joined(&state, &joined, &headers, HOME).await,
        Err(error) => {
            let (status, typed) = not_joined(error, &fields)?;
            count_failure(&state, address);
            Ok(form(&state, &visitor, status, typed))
        }
    }
}

/// Ends the session.
pub(super) async fn sign_out(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    Visitor::posted(&state, &headers, &body).await?;
    if let Some(token) = state.session.read(&headers) {
        state.acts.sign_out(token).await?;
    }
    let mut response = Redirect::to("/").into_response();
    if let Some(cookie) = state.session.clear() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Asks for the key once more.
pub(super) async fn again(State(state): State<ConnectState>, headers: HeaderMap) -> Result<Response, ConnectError> {
    let visitor = Visitor::of(&state, &headers).await?;
    visitor.signed_in()?;
    Ok(once_more(&state, &visitor, StatusCode::OK, Typed::default()))
}

/// The form to sign in once more, with what was wrong before.
pub(super) fn once_more(state: &ConnectState, visitor: &Visitor, status: StatusCode, typed: Typed) -> Response {
    let page = AgainPage {
        base: "/connect/again",
        csrf: visitor.csrf(state),
        provider: state.provider.as_ref().map(|door| door.name().to_owned()),
        passkey: ask(state, visitor.browser()),
        typed,
    };
    scripted(visitor.answer(state, status, &page), page.passkey.is_some())
}

/// Takes the key once more, of the same member.
pub(super) async fn take_again(
    State(state): State<ConnectState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (visitor, fields) = (Visitor::of(&state, &headers).await?, Fields::parse(&body));
    let member = visitor.signed_in()?;
    visitor.check(&state, &fields)?;
    let address = may_try(&state, peer, &headers)?;
    let found = state.acts.sign_in(fields.text("key")).await?;
    if let Some((session, token)) = found {
        if session.member.id == member.id {
            return arrive::with_session(&state, &token, &headers, "/connect/manage").await;
        }
        state.acts.sign_out(token.expose()).await?;
    }
    count_failure(&state, address);
    Ok(once_more(&state, &visitor, NOT_LET_IN, wrong_key()))
}
