//! An operator's session in the browser: a cookie whose hash is stored.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use zeroize::Zeroizing;

use super::error::PageError;
use super::page::{GoOnPage, answer};
use super::sign_in::{Told, to_sign_in};
use super::state::PagesState;
use super::view::Viewer;
use crate::domain::actor::Operator;
use crate::domain::ids::OperationId;
use crate::tokens::{self, Kind, TokenHash};

/// How long a session lasts: a working day.
pub(super) const SESSION_SECONDS: u32 = 8 * 60 * 60;

/// A signed-in operator. A handler without it in its arguments stands out.
pub(super) struct Session {
    pub(super) operator: Operator,
    pub(super) hash: TokenHash,
    token: Zeroizing<String>,
}

impl Session {
    /// The operator as the page's head and forms need it.
    pub(super) fn viewer(&self, pages: &PagesState) -> Viewer {
        Viewer { name: self.operator.name.clone(), csrf: pages.csrf.token(&self.token) }
    }

    /// Refuses a form that did not come from a page of this session.
    pub(super) fn check(&self, pages: &PagesState, csrf: &str) -> Result<(), PageError> {
        if pages.csrf.is_valid(&self.token, csrf) { Ok(()) } else { Err(PageError::ForeignForm) }
    }
}

/// Why there is no session.
pub(super) enum NoSession {
    /// Nobody is signed in; where to go on afterwards, and what the person should know of it.
    SignedOut(Option<OperationId>, Option<Told>),
    /// A link on another site was followed, and browsers keep our cookie back from that. One step from a page of our own
    /// to the same path shows it.
    FromElsewhere(String),
    /// It cannot be looked up.
    Trouble(PageError),
}

impl NoSession {
    fn of(parts: &Parts, had_session: bool) -> Self {
        let is_from_elsewhere = parts.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
        if is_from_elsewhere && parts.method == Method::GET {
            return Self::FromElsewhere(parts.uri.path().to_owned());
        }
        // The browser drops the cookie when the session ends, so a form that comes without one is as telling as an old one.
        let mut rest = parts.uri.path().trim_start_matches("/approvals/").split('/');
        let operation = rest.next().and_then(|id| OperationId::parse(id).ok());
        let told = match rest.next() {
            Some("approve" | "deny") => Some(Told::Undecided),
            _ if had_session => Some(Told::Ended),
            _ => None,
        };
        Self::SignedOut(operation, told)
    }
}

impl IntoResponse for NoSession {
    fn into_response(self) -> Response {
        match self {
            Self::SignedOut(operation, told) => to_sign_in(operation.as_ref(), told).into_response(),
            Self::FromElsewhere(path) => answer(StatusCode::OK, &GoOnPage { path }),
            Self::Trouble(error) => error.into_response(),
        }
    }
}

impl FromRequestParts<PagesState> for Session {
    type Rejection = NoSession;

    async fn from_request_parts(parts: &mut Parts, pages: &PagesState) -> Result<Self, NoSession> {
        match current(&parts.headers, pages).await {
            Ok(found) => found.ok_or_else(|| NoSession::of(parts, pages.session.read(&parts.headers).is_some())),
            Err(error) => Err(NoSession::Trouble(error)),
        }
    }
}

impl OptionalFromRequestParts<PagesState> for Session {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, pages: &PagesState) -> Result<Option<Self>, PageError> {
        current(&parts.headers, pages).await
    }
}

async fn current(headers: &HeaderMap, pages: &PagesState) -> Result<Option<Session>, PageError> {
    let Some(token) = pages.session.read(headers) else { return Ok(None) };
    let Ok((Kind::Session, hash)) = tokens::parse(token) else { return Ok(None) };
    let found = pages.store.operators.session(&hash, pages.clock.now()).await?;
    Ok(found.map(|operator| Session { operator, hash, token: Zeroizing::new(token.to_owned()) }))
}
