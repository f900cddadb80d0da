//! Signing in with an operator key, and out again.

use std::net::SocketAddr;

use axum::Form;
use axum::extract::{ConnectInfo, Extension, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::error::PageError;
use super::page::{SignInPage, answer};
use super::session::{SESSION_SECONDS, Session};
use super::state::PagesState;
use crate::domain::actor::Operator;
use crate::domain::ids::OperationId;
use crate::tokens::{self, Kind};
use crate::web::proxy::client_address;

/// How long the form may stand open.
const TICKET_SECONDS: u64 = 60 * 60;
const WRONG_KEY: &str = "This is not an operator key that works here. It may have a typo, be revoked or have expired.";

/// The form's fields.
#[derive(Deserialize)]
pub(super) struct SignInForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    key: Zeroizing<String>,
    operation: Option<OperationId>,
}

/// Where to go on after signing in, and why one has to.
#[derive(Deserialize)]
pub(super) struct Next {
    operation: Option<OperationId>,
    told: Option<Told>,
}

/// Why somebody who was signed in is asked for the key.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Told {
    /// They asked to be signed out.
    Out,
    /// Their session ended.
    Ended,
    /// Their session ended before they decided.
    Undecided,
}

impl Told {
    fn word(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::Ended => "ended",
            Self::Undecided => "undecided",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Out => "You are signed out.",
            Self::Ended => "Your session has ended. Sign in again to go on.",
            Self::Undecided => "Your session has ended. Nothing was decided: sign in again, then decide.",
        }
    }
}

/// The way to the form.
pub(super) fn to_sign_in(operation: Option<&OperationId>, told: Option<Told>) -> Redirect {
    let operation = operation.map(|id| format!("operation={id}"));
    let told = told.map(|told| format!("told={}", told.word()));
    let query: Vec<String> = operation.into_iter().chain(told).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    Redirect::to(&format!("/approvals/sign-in{mark}{}", query.join("&")))
}

fn destination(operation: Option<&OperationId>) -> Redirect {
    match operation {
        Some(id) => Redirect::to(&format!("/approvals/{id}")),
        None => Redirect::to("/approvals"),
    }
}

/// The field that every form has.
#[derive(Deserialize)]
pub(super) struct Proof {
    #[serde(default)]
    pub(super) csrf: String,
}

/// The form.
pub(super) async fn form(
    State(pages): State<PagesState>,
    session: Option<Session>,
    Query(next): Query<Next>,
) -> Result<Response, PageError> {
    if session.is_some() {
        return Ok(destination(next.operation.as_ref()).into_response());
    }
    let notice = next.told.map(Told::sentence);
    empty_form(&pages, StatusCode::OK, |csrf| SignInPage { csrf, operation: next.operation, notice, problem: None })
}

/// The form, with a fresh ticket: before there is a session, the ticket is what the form's token is bound to.
fn empty_form(
    pages: &PagesState,
    status: StatusCode,
    page: impl FnOnce(String) -> SignInPage,
) -> Result<Response, PageError> {
    let ticket = pages.random.base62::<32>()?;
    let page = page(pages.csrf.token(&ticket));
    Ok(with_cookie(answer(status, &page), pages.ticket.set(&ticket, TICKET_SECONDS)))
}

/// What the form sends.
pub(super) async fn sign_in(
    State(pages): State<PagesState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    Form(form): Form<SignInForm>,
) -> Result<Response, PageError> {
    let ticket = pages.ticket.read(&headers).ok_or(PageError::ForeignForm)?;
    if !pages.csrf.is_valid(ticket, &form.csrf) {
        return Err(PageError::ForeignForm);
    }
    let Some(operator) = recognise(&pages, form.key.trim()).await? else {
        let address = client_address(peer, &headers, &pages.trusted_proxies);
        if pages.failures.check(address, pages.clock.now()).is_err() {
            tracing::warn!(client.address = %address, "Many failed sign-ins on the admin listener");
            return Err(PageError::TooManyFailures);
        }
        let (operation, problem) = (form.operation, Some(WRONG_KEY));
        // No 401: that would have to name a scheme for the browser to try (RFC 9110, 15.5.2).
        return empty_form(&pages, StatusCode::FORBIDDEN, |csrf| SignInPage { csrf, operation, notice: None, problem });
    };
    // A session that somebody planted in this browser is never taken over: signing in always makes a new one.
    if let Some(Ok((Kind::Session, old))) = pages.session.read(&headers).map(tokens::parse) {
        pages.store.operators.close_session(&old).await?;
    }
    let token = tokens::make(Kind::Session, &pages.random)?;
    let expires_at = pages.clock.now().plus_seconds(i64::from(SESSION_SECONDS)).min(operator.expires_at);
    pages.store.operators.open_session(&token.hash(), &operator.id, expires_at).await?;
    let response = with_cookie(destination(form.operation.as_ref()).into_response(), pages.ticket.clear());
    Ok(with_cookie(response, pages.session.set(token.expose(), u64::from(SESSION_SECONDS))))
}

/// Ends the session.
pub(super) async fn sign_out(
    State(pages): State<PagesState>,
    session: Session,
    Form(proof): Form<Proof>,
) -> Result<Response, PageError> {
    session.check(&pages, &proof.csrf)?;
    pages.store.operators.close_session(&session.hash).await?;
    Ok(with_cookie(to_sign_in(None, Some(Told::Out)).into_response(), pages.session.clear()))
}

async fn recognise(pages: &PagesState, key: &str) -> Result<Option<Operator>, PageError> {
    let Ok((Kind::OperatorKey, hash)) = tokens::parse(key) else { return Ok(None) };
    let now = pages.clock.now();
    let found = pages.store.operators.find_by_hash(&hash).await?;
    Ok(found.filter(|operator| operator.revoked_at.is_none() && now < operator.expires_at))
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
