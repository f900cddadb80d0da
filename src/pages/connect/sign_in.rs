//! Signing in by an owner key, or coming in by an invite.

use std::net::{IpAddr, SocketAddr};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};

use super::super::page::answer;
use super::consent::leading_back;
use super::error::ConnectError;
use super::page::SignInPage;
use super::state::ConnectState;
use super::step::Step;
use super::view::AskedView;
use crate::tenants::{SESSION_SECONDS, TenantError};
use crate::tokens::Token;
use crate::web::proxy::client_network;

const WRONG_INVITE: &str =
    "This invite does not work any more. It may have a typo, be used, or be older than three days.";
const WRONG_KEY: &str = "This is not an owner key that works here. It may have a typo, or have been replaced.";

/// What was wrong with which form; what was typed is shown again, secrets are not.
#[derive(Default)]
pub(super) struct Problem {
    key: Option<&'static str>,
    invite: Option<String>,
    name: String,
}

/// The page to sign in.
pub(super) fn page(state: &ConnectState, step: &Step, status: StatusCode, problem: Problem) -> Response {
    let page = SignInPage {
        id: step.id.clone(),
        csrf: step.csrf(state),
        asked: AskedView::new(&step.open.request),
        key_problem: problem.key,
        invite_problem: problem.invite,
        name: problem.name,
    };
    leading_back(answer(status, &page), &step.open.request.redirect)
}

/// Takes an owner key.
pub(super) async fn by_key(
    State(state): State<ConnectState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (step, fields) = Step::posted(&state, &id, &headers, &body).await?;
    let address = may_try(&state, peer, &headers)?;
    if let Some((_, token)) = state.acts.sign_in(fields.text("key")).await? {
        return come_in(&state, &step, &token, &headers).await;
    }
    count_failure(&state, address);
    let problem = Problem { key: Some(WRONG_KEY), ..Problem::default() };
    Ok(page(&state, &step, StatusCode::UNAUTHORIZED, problem))
}

/// Takes an invite, which makes a member.
pub(super) async fn by_invite(
    State(state): State<ConnectState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (step, fields) = Step::posted(&state, &id, &headers, &body).await?;
    let address = may_try(&state, peer, &headers)?;
    let (invite, name) = (fields.text("invite"), fields.text("name"));
    match state.acts.join(invite, name, None).await {
        Ok((_, token)) => come_in(&state, &step, &token, &headers).await,
        Err(error @ (TenantError::Store(_) | TenantError::Vault(_) | TenantError::NoRandomness(_))) => {
            Err(error.into())
        }
        Err(error) => {
            count_failure(&state, address);
            let said = match error {
                TenantError::BadInvite => WRONG_INVITE.to_owned(),
                other => other.to_string(),
            };
            let problem = Problem { invite: Some(said), name: name.to_owned(), ..Problem::default() };
            Ok(page(&state, &step, StatusCode::UNAUTHORIZED, problem))
        }
    }
}

/// Where a try comes from. Whoever failed too often waits, before anything is looked up or written down.
fn may_try(state: &ConnectState, peer: SocketAddr, headers: &HeaderMap) -> Result<IpAddr, ConnectError> {
    let address = client_network(peer, headers, &state.trusted_proxies);
    state.failures.spent(&address, state.clock.now()).map_err(|_| {
        tracing::warn!(client.address = %address, "Many failed sign-ins on the connect pages");
        ConnectError::TooManyFailures
    })?;
    Ok(address)
}

fn count_failure(state: &ConnectState, address: IpAddr) {
    // Told when the next try comes.
    let _ = state.failures.check(address, state.clock.now());
}

/// Signs out: who sits there now is somebody else, or means to be.
pub(super) async fn out(
    State(state): State<ConnectState>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (step, _) = Step::posted(&state, &id, &headers, &body).await?;
    if let Some(session) = state.session.read(&headers) {
        state.acts.sign_out(session).await?;
    }
    let mut response = Redirect::to(&format!("/connect/{}", step.id)).into_response();
    if let Some(cookie) = state.session.clear() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Goes on with the session that was opened. One that was there before, and which somebody may have planted, ends.
async fn come_in(
    state: &ConnectState,
    step: &Step,
    session: &Token,
    headers: &HeaderMap,
) -> Result<Response, ConnectError> {
    if let Some(old) = state.session.read(headers) {
        state.acts.sign_out(old).await?;
    }
    let mut response = Redirect::to(&format!("/connect/{}", step.id)).into_response();
    let seconds = u64::try_from(SESSION_SECONDS).unwrap_or_default();
    if let Some(cookie) = state.session.set(session.expose(), seconds) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
