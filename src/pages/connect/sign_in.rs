//! Signing in by an owner key, or coming in by an invite.

use std::net::{IpAddr, SocketAddr};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};

use super::super::page::answer;
use super::arrive;
use super::consent::leading_back;
use super::error::ConnectError;
use super::mistakes::{Said, sentence};
use super::page::SignInPage;
use super::passkeys::{ask, scripted};
use super::state::ConnectState;
use super::step::Step;
use super::typed::{Form, Typed};
use super::view::AskedView;
use crate::tenants::TenantError;
use crate::web::form::Fields;
use crate::web::proxy::client_network;

const WRONG_INVITE: &str = "This invite does not work any more. It may have a typo, be used, or be older than three days. If you used it \
     yourself and saw no key, you are a member already: an owner can make you a new owner key.";
const WRONG_KEY: &str = "This is not an owner key that works here. It may have a typo, or have been replaced.";

/// The doors, by which the pages have a form each.
pub(super) const PROVIDER: Form = Form::new("provider", &[]);
pub(super) const PASSKEY: Form = Form::new("passkey", &[]);
const KEY: Form = Form::new("key", &[]);
const INVITE: Form = Form::new("invite", &["name"]);

/// What a wrong key, or another proof that is none, is answered with. It is no 401: that would have to name an
/// authentication scheme for a browser to try (RFC 9110, 15.5.2), and people show who they are in a form.
pub(super) const NOT_LET_IN: StatusCode = StatusCode::FORBIDDEN;

/// The page to sign in.
pub(super) fn page(state: &ConnectState, step: &Step, status: StatusCode, typed: Typed) -> Response {
    let asked = Some(AskedView::new(&step.open.request));
    let proof = (step.csrf(state), step.ticket().browser);
    let page = sign_in_page(state, step.path(), proof, asked, typed);
    scripted(leading_back(answer(status, &page), &step.open.request.redirect), page.passkey.is_some())
}

/// The page to sign in, with or without a client's request.
pub(super) fn sign_in_page(
    state: &ConnectState,
    base: String,
    (csrf, browser): (String, &str),
    asked: Option<AskedView>,
    typed: Typed,
) -> SignInPage {
    SignInPage {
        base,
        csrf,
        asked,
        self_service: state.house.self_service,
        provider: state.provider.as_ref().map(|door| door.name().to_owned()),
        passkey: ask(state, browser),
        typed,
    }
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
        return arrive::with_session(&state, &token, &headers, &step.path()).await;
    }
    count_failure(&state, address);
    Ok(page(&state, &step, NOT_LET_IN, wrong_key()))
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
    match state.acts.join(fields.text("invite"), fields.text("name"), None).await {
        Ok(joined) => arrive::joined(&state, &joined, &headers, &step.path()).await,
        Err(error) => {
            let (status, typed) = not_joined(error, &fields)?;
            count_failure(&state, address);
            Ok(page(&state, &step, status, typed))
        }
    }
}

/// What is said of an owner key that is none.
pub(super) fn wrong_key() -> Typed {
    KEY.empty(Said::field("key", WRONG_KEY.to_owned()))
}

/// What is said of an invite that let nobody in, or of the name; what is neither's fault goes on as an error.
pub(super) fn not_joined(error: TenantError, fields: &Fields) -> Result<(StatusCode, Typed), ConnectError> {
    let (status, field, said) = match error {
        TenantError::Store(_) | TenantError::Vault(_) | TenantError::NoRandomness(_) => return Err(error.into()),
        TenantError::BadInvite => (NOT_LET_IN, "invite", WRONG_INVITE.to_owned()),
        TenantError::BadText { .. } | TenantError::MemberNameTaken(_) | TenantError::DuoUsernameTaken(_) => {
            (StatusCode::UNPROCESSABLE_ENTITY, "name", sentence(&error.to_string()))
        }
        other => (NOT_LET_IN, "invite", sentence(&other.to_string())),
    };
    Ok((status, INVITE.back(fields, Said::field(field, said))))
}

/// Where a try comes from. Whoever failed too often waits, before anything is looked up or written down.
pub(super) fn may_try(state: &ConnectState, peer: SocketAddr, headers: &HeaderMap) -> Result<IpAddr, ConnectError> {
    let address = client_network(peer, headers, &state.trusted_proxies);
    state.failures.spent(&address, state.clock.now()).map_err(|wait| {
        tracing::warn!(client.address = %address, "Many failed sign-ins on the connect pages");
        ConnectError::TooManyFailures { retry_after_seconds: wait.retry_after_seconds }
    })?;
    Ok(address)
}

/// Counts a failure, and says so in the log. Whose key was guessed is not known, so there is no tenant whose audit log
/// could have it; an address gets no further than its failures, which bounds the lines too.
pub(super) fn count_failure(state: &ConnectState, address: IpAddr) {
    tracing::info!(client.address = %address, "A sign-in on the connect pages failed");
    state.failures.count(address, state.clock.now());
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
    let mut response = Redirect::to(&step.path()).into_response();
    if let Some(cookie) = state.session.clear() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
