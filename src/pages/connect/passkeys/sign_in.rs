//! Signing in by a passkey: at the door, on a client's way, once more.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Extension, Path, State};
use axum::response::Response;
use http::HeaderMap;

use super::super::arrive::{self, HOME};
use super::super::door;
use super::super::error::ConnectError;
use super::super::mistakes::Said;
use super::super::sign_in::{self, NOT_LET_IN, PASSKEY, count_failure, may_try};
use super::super::state::ConnectState;
use super::super::step::Step;
use super::super::visitor::Visitor;
use crate::domain::member::MemberSession;
use crate::tenants::TenantError;
use crate::tokens::Token;
use crate::web::form::Fields;

const WRONG: &str = "This passkey does not work here. It may have been removed; the owner key still works.";
const LATE: &str = "This took too long, or was sent twice. Try the passkey again.";

/// A session, or what is said to who got none.
type Outcome = Result<(MemberSession, Token), &'static str>;

/// Takes the signature that a form brings.
async fn signed(
    state: &ConnectState,
    (peer, headers): (SocketAddr, &HeaderMap),
    browser: &str,
    fields: &Fields,
) -> Result<Outcome, ConnectError> {
    let address = may_try(state, peer, headers)?;
    match state.acts.sign_in_by_passkey(browser, (fields.text("state"), fields.text("answer"))).await {
        Ok(Some(session)) => Ok(Ok(session)),
        Ok(None) => {
            count_failure(state, address);
            Ok(Err(WRONG))
        }
        // Nothing was guessed.
        Err(TenantError::StalePasskey) => Ok(Err(LATE)),
        Err(error) => Err(error.into()),
    }
}

/// Without a client's request.
pub(super) async fn at_the_door(
    State(state): State<ConnectState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (visitor, fields) = Visitor::posted(&state, &headers, &body).await?;
    match signed(&state, (peer, &headers), visitor.browser(), &fields).await? {
        Ok((_, token)) => arrive::with_session(&state, &token, &headers, HOME).await,
        Err(said) => {
            let typed = PASSKEY.empty(Said::form(said.to_owned()));
            Ok(door::form(&state, &visitor, NOT_LET_IN, typed))
        }
    }
}

/// On the way of a client's request.
pub(super) async fn on_the_way(
    State(state): State<ConnectState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (step, fields) = Step::posted(&state, &id, &headers, &body).await?;
    match signed(&state, (peer, &headers), step.ticket().browser, &fields).await? {
        Ok((_, token)) => arrive::with_session(&state, &token, &headers, &step.path()).await,
        Err(said) => {
            let typed = PASSKEY.empty(Said::form(said.to_owned()));
            Ok(sign_in::page(&state, &step, NOT_LET_IN, typed))
        }
    }
}

/// Once more, of the same member.
pub(super) async fn again(
    State(state): State<ConnectState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (visitor, fields) = (Visitor::of(&state, &headers).await?, Fields::parse(&body));
    let member = visitor.signed_in()?;
    visitor.check(&state, &fields)?;
    let said = match signed(&state, (peer, &headers), visitor.browser(), &fields).await? {
        Ok((session, token)) if session.member.id == member.id => {
            return arrive::with_session(&state, &token, &headers, "/connect/manage").await;
        }
        Ok((_, token)) => {
            state.acts.sign_out(token.expose()).await?;
            "This passkey is another member's. Sign out first."
        }
        Err(said) => said,
    };
    let typed = PASSKEY.empty(Said::form(said.to_owned()));
    Ok(door::once_more(&state, &visitor, NOT_LET_IN, typed))
}
