//! Signing in by the operator's identity provider: there, and back.

use std::net::{IpAddr, SocketAddr};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Extension, Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::header::{REFRESH, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::super::page::answer;
use super::arrive;
use super::consent::leading_back;
use super::door;
use super::error::ConnectError;
use super::mistakes::Said;
use super::page::{GoingPage, NotLinkedPage};
use super::sign_in::{self, PROVIDER, count_failure, may_try};
use super::state::ConnectState;
use super::step::Step;
use super::visitor::Visitor;
use crate::domain::text::visible;
use crate::grants::oidc::{Answer, Attempt, Door, NotProved, Proved};
use crate::web::form::Fields;

/// The page on which a sign-in began: where it goes on, and where the other doors are.
enum Page {
    /// `/connect`, without a client.
    Own(Visitor),
    /// That of a client's request.
    Asked(Step),
    /// The one that asks once more.
    Again(Visitor),
}

const OWN: &str = "/connect";
const AGAIN: &str = "/connect/again";

impl Page {
    /// The page that this browser's sign-in began on.
    async fn of(state: &ConnectState, attempt: &Attempt, headers: &HeaderMap) -> Result<Self, ConnectError> {
        match attempt.base() {
            OWN => Ok(Self::Own(Visitor::of(state, headers).await?)),
            AGAIN => Ok(Self::Again(Visitor::of(state, headers).await?)),
            other => {
                let id = other.strip_prefix("/connect/").ok_or(ConnectError::NotFound)?;
                Ok(Self::Asked(Step::of(state, id, headers).await?))
            }
        }
    }

    fn base(&self) -> String {
        match self {
            Self::Own(_) => OWN.to_owned(),
            Self::Asked(step) => step.path(),
            Self::Again(_) => AGAIN.to_owned(),
        }
    }

    /// Where who has signed in goes.
    fn next(&self) -> String {
        match self {
            Self::Own(_) => arrive::HOME.to_owned(),
            Self::Asked(step) => step.path(),
            Self::Again(_) => "/connect/manage".to_owned(),
        }
    }

    fn browser(&self) -> &str {
        match self {
            Self::Own(visitor) | Self::Again(visitor) => visitor.browser(),
            Self::Asked(step) => step.ticket().browser,
        }
    }

    fn is_again(&self) -> bool {
        matches!(self, Self::Again(_))
    }

    /// The page with what is wrong at the provider's door; the other doors stay open.
    fn with(&self, state: &ConnectState, status: StatusCode, said: String) -> Response {
        let typed = PROVIDER.empty(Said::form(said));
        match self {
            Self::Own(visitor) => door::form(state, visitor, status, typed),
            Self::Asked(step) => sign_in::page(state, step, status, typed),
            Self::Again(visitor) => door::once_more(state, visitor, status, typed),
        }
    }

    /// An answer that is none of these pages, for this browser.
    fn answer(&self, state: &ConnectState, status: StatusCode, page: &impl askama::Template) -> Response {
        match self {
            Self::Own(visitor) | Self::Again(visitor) => visitor.answer(state, status, page),
            Self::Asked(step) => leading_back(answer(status, page), &step.open.request.redirect),
        }
    }
}

/// Leads to the provider, without a client.
pub(super) async fn begin(
    State(state): State<ConnectState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (visitor, _) = Visitor::posted(&state, &headers, &body).await?;
    may_try(&state, peer, &headers)?;
    lead(&state, &Page::Own(visitor)).await
}

/// Leads to the provider, on the way of a client's request.
pub(super) async fn begin_asked(
    State(state): State<ConnectState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (step, _) = Step::posted(&state, &id, &headers, &body).await?;
    may_try(&state, peer, &headers)?;
    lead(&state, &Page::Asked(step)).await
}

/// Leads a member there who is to sign in once more.
pub(super) async fn begin_again(
    State(state): State<ConnectState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let visitor = Visitor::of(&state, &headers).await?;
    visitor.signed_in()?;
    visitor.check(&state, &Fields::parse(&body))?;
    may_try(&state, peer, &headers)?;
    lead(&state, &Page::Again(visitor)).await
}

/// A browser holds what a form leads to against the policy of the page with the form, through all redirects, and which
/// those are at the provider nobody knows here. So the form has an answer, and the answer leads on.
async fn lead(state: &ConnectState, page: &Page) -> Result<Response, ConnectError> {
    let provider = provider(state)?;
    let begun = match provider.begin(page.browser(), &page.base(), page.is_again()).await {
        Ok(begun) => begun,
        Err(error) => return refused(state, provider, page, error),
    };
    let host = begun.address.host_str().unwrap_or_default().to_owned();
    let address = begun.address.to_string();
    let leading = HeaderValue::try_from(format!("0;url={address}")).map_err(|_| ConnectError::NotFound)?;
    let name = provider.name().to_owned();
    let mut response = page.answer(state, StatusCode::OK, &GoingPage { name, host, address });
    response.headers_mut().insert(REFRESH, leading);
    if let Some(cookie) = state.attempt.set(&begun.carried, begun.seconds) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Takes what the provider sends back through the browser. Whatever it is, it is the end of that sign-in.
pub(super) async fn back(
    State(state): State<ConnectState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let taken = take(&state, peer, &query.unwrap_or_default(), &headers).await;
    let mut response = taken.unwrap_or_else(IntoResponse::into_response);
    if let Some(cookie) = state.attempt.clear() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

async fn take(
    state: &ConnectState,
    peer: SocketAddr,
    query: &str,
    headers: &HeaderMap,
) -> Result<Response, ConnectError> {
    let provider = provider(state)?;
    let address = may_try(state, peer, headers)?;
    let begun = read(query).zip(state.browser.read(headers)).zip(state.attempt.read(headers));
    let known = begun.and_then(|((answer, browser), carried)| {
        provider.recognize(browser, carried, &answer).map(|attempt| (attempt, answer))
    });
    // Not counted: nothing can be guessed of it, and any page may lead its visitors here.
    let Some((attempt, answer)) = known else { return Err(ConnectError::ForeignAnswer) };
    let page = Page::of(state, &attempt, headers).await?;
    if let Page::Again(visitor) = &page {
        // Before anything is opened: whose session has ended meanwhile does not sign in once more, but anew.
        visitor.signed_in()?;
    }
    if answer.code.is_some() {
        may_redeem(state, address)?;
    }
    let proved = match provider.finish(&attempt, page.browser(), &answer, page.is_again()).await {
        Ok(proved) => proved,
        Err(error) => {
            if matches!(error, NotProved::Untrusted(_)) {
                count_failure(state, address);
            }
            return refused(state, provider, &page, error);
        }
    };
    // Nothing from here on is counted as a failure: who is proved has guessed nothing, and whole offices share an address.
    let found = state.acts.sign_in_by_identity(&proved.issuer, &proved.value, proved.at).await?;
    let Some((session, token)) = found else {
        return Ok(not_linked(state, provider, &page, &proved));
    };
    if let Page::Again(visitor) = &page
        && visitor.signed_in()?.id != session.member.id
    {
        state.acts.sign_out(token.expose()).await?;
        let said = format!("{} signed in somebody else.", provider.name());
        return Ok(page.with(state, StatusCode::FORBIDDEN, said));
    }
    arrive::with_session(state, &token, headers, &page.next()).await
}

/// Whether this address may have another code exchanged. One browser may bring the same state with ever other codes, and
/// what a provider in trouble says of them is no failure of anybody's.
fn may_redeem(state: &ConnectState, address: IpAddr) -> Result<(), ConnectError> {
    state.redeemed.check(address, state.clock.now()).map_err(|wait| {
        tracing::warn!(client.address = %address, "Many codes of the identity provider came from one address");
        ConnectError::TooManyFailures { retry_after_seconds: wait.retry_after_seconds }
    })
}

fn provider(state: &ConnectState) -> Result<&Door, ConnectError> {
    state.provider.as_ref().ok_or(ConnectError::NotFound)
}

/// Says at the provider's door why nobody came in.
fn refused(state: &ConnectState, provider: &Door, page: &Page, error: NotProved) -> Result<Response, ConnectError> {
    let name = provider.name();
    let (status, said) = match error {
        NotProved::Away => {
            let said = format!("{name} cannot be reached now. Try again in a moment, or sign in another way.");
            (StatusCode::SERVICE_UNAVAILABLE, said)
        }
        NotProved::Unusable(why) => {
            tracing::warn!(why, "The provider of the sign-in does not do");
            let said = format!("Something is wrong between {name} and this gateway. Its operator can see what.");
            (StatusCode::BAD_GATEWAY, said)
        }
        NotProved::Declined => (StatusCode::FORBIDDEN, format!("{name} did not let you in.")),
        NotProved::Untrusted(why) => {
            tracing::warn!(why, "A sign-in by the provider is not taken");
            (StatusCode::FORBIDDEN, format!("What {name} said of this sign-in is not taken. Sign in anew."))
        }
        NotProved::Random(error) => return Err(error.into()),
    };
    Ok(page.with(state, status, said))
}

/// Nobody is linked: what the operator needs to know for it. It was proved, so it is no secret of anybody else's.
fn not_linked(state: &ConnectState, provider: &Door, page: &Page, proved: &Proved) -> Response {
    tracing::info!(issuer = %proved.issuer, "Somebody signed in at the provider who is linked to no member");
    let shown = NotLinkedPage {
        name: provider.name().to_owned(),
        issuer: visible(&proved.issuer),
        value: visible(&proved.value),
        base: page.base(),
    };
    page.answer(state, StatusCode::FORBIDDEN, &shown)
}

/// What came back, if every part of it came once.
fn read(query: &str) -> Option<Answer> {
    let fields = Fields::parse(query.as_bytes());
    let one = |name: &str| fields.one(name).map(|value| value.map(str::to_owned));
    let (code, issuer, error) = (one("code").ok()?, one("iss").ok()?, one("error").ok()?);
    Some(Answer { code, state: one("state").ok()??, issuer, error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_an_answer_comes_once() {
        let answer = read("code=a+b&state=s&iss=https%3A%2F%2Fid.example&session_state=x").unwrap();
        assert_eq!((answer.code.as_deref(), answer.state.as_str()), (Some("a b"), "s"));
        assert_eq!(answer.issuer.as_deref(), Some("https://id.example"));
        for bad in ["", "code=a", "code=a&code=b&state=s", "state=s&state=s&code=a", "iss=a&iss=b&state=s"] {
            assert!(read(bad).is_none(), "{bad}");
        }
    }
}
