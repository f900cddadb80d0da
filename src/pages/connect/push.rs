//! The push by which a member proves that it is there, where one is asked for.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::time::{Instant, sleep};

use super::super::page::answer;
use super::consent::leading_back;
use super::error::ConnectError;
use super::page::PushPage;
use super::state::ConnectState;
use super::step::Step;
use super::visitor::Visitor;
use crate::calls::{Asked, CallError, Calls, Proof};
use crate::domain::clock::Timestamp;
use crate::domain::member::Member;
use crate::domain::push::{PushRefused, PushState};
use crate::domain::text::visible;
use crate::tools::error::ToolError;
use crate::web::form::Fields;

/// The page without a client, and where it leads.
pub(super) const CONFIRM: &str = "/connect/confirm";
const CONFIRMED: &str = "/connect/done#key";
/// How long somebody who says that the phone was answered waits for Duo to say so, too, and how often that is looked at.
const WAIT: Duration = Duration::from_secs(8);
const LOOK: Duration = Duration::from_millis(250);

/// What a push is for, and the page that asks for it.
pub(super) struct Occasion {
    purpose: String,
    /// What is connected, for the page.
    what: String,
    /// The same for the phone.
    reason: String,
    /// Where the page is.
    base: String,
    /// Whether it stands on the way of a client's request, which can be denied.
    is_asked: bool,
    csrf: String,
}

impl Occasion {
    /// A client's request.
    pub(super) fn of_request(state: &ConnectState, step: &Step, member: &Member) -> Self {
        let request = &step.open.request;
        Self {
            purpose: state.requests.purpose(step.ticket(), member),
            what: visible(&request.client_name),
            reason: format!("Connect {} at {}", request.client_name, request.redirect.host()),
            base: step.path(),
            is_asked: true,
            csrf: step.csrf(state),
        }
    }

    /// An API key that the member makes.
    pub(super) fn of_key(state: &ConnectState, visitor: &Visitor, member: &Member) -> Self {
        Self {
            purpose: state.requests.purpose_of_session(visitor.session().unwrap_or_default(), member),
            what: "a client by an API key".to_owned(),
            reason: "Make an API key for a client".to_owned(),
            base: CONFIRM.to_owned(),
            is_asked: false,
            csrf: visitor.csrf(state),
        }
    }
}

/// A push that is still owed: none was sent, or the last one was not answered with yes.
pub(super) struct Owed {
    tenant: String,
    asked: Option<Asked>,
    is_waiting: bool,
    problem: Option<String>,
    retry_at: Option<Timestamp>,
    proof: Proof,
    occasion: Occasion,
}

/// What the member owes before anything is connected; `None` when the tenant asks for nothing, or the phone said yes.
pub(super) async fn owed(
    state: &ConnectState,
    member: &Member,
    occasion: Occasion,
) -> Result<Option<Owed>, ConnectError> {
    let context = state.registry.context(&member.tenant).await?;
    if !context.tenant.require_push {
        return Ok(None);
    }
    let last = state.calls.proof(&member.tenant, &occasion.purpose).await?.map(|push| push.state);
    if last == Some(PushState::Allow) {
        return Ok(None);
    }
    Ok(Some(Owed {
        tenant: visible(&context.tenant.name),
        asked: Calls::asked_where(&context, member),
        is_waiting: last.is_some_and(PushState::is_open),
        problem: last.and_then(after).map(str::to_owned),
        retry_at: None,
        proof: Proof {
            member: member.clone(),
            context,
            purpose: occasion.purpose.clone(),
            reason: occasion.reason.clone(),
        },
        occasion,
    }))
}

/// What the page says after a push that was no yes.
fn after(last: PushState) -> Option<&'static str> {
    match last {
        PushState::Reserved | PushState::Waiting | PushState::Allow => None,
        PushState::Deny | PushState::Sent => Some("The push was denied, so nothing is connected."),
        PushState::Fraud => {
            Some("The push was reported as fraud, so nothing is connected. If that was you, tell your owner.")
        }
        PushState::Timeout => Some("Nobody answered the push in time."),
        PushState::NotSent => Some("Duo could not send the push."),
        PushState::Unknown => Some("It is not known how the push was answered."),
    }
}

/// Sends the push that a client's request needs.
pub(super) async fn send(
    State(state): State<ConnectState>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (step, _) = Step::posted(&state, &id, &headers, &body).await?;
    let Some(signed_in) = &step.signed_in else { return Err(ConnectError::ForeignForm) };
    let here = Redirect::to(&step.path()).into_response();
    if step.open.decided.is_some() {
        return Ok(here);
    }
    let occasion = Occasion::of_request(&state, &step, &signed_in.member);
    match try_to_send(&state, &signed_in.member, occasion).await? {
        None => Ok(here),
        Some((owed, status)) => Ok(leading_back(owed.page(&state, status), &step.open.request.redirect)),
    }
}

/// The push that the next API key needs.
pub(super) async fn confirm(State(state): State<ConnectState>, headers: HeaderMap) -> Result<Response, ConnectError> {
    let visitor = Visitor::of(&state, &headers).await?;
    let owner = visitor.owner()?;
    match owed(&state, owner, Occasion::of_key(&state, &visitor, owner)).await? {
        None => Ok(Redirect::to(CONFIRMED).into_response()),
        Some(owed) => Ok(owed.page(&state, StatusCode::OK)),
    }
}

/// Sends it.
pub(super) async fn send_for_key(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let visitor = Visitor::of(&state, &headers).await?;
    let owner = visitor.owner()?;
    visitor.check(&state, &Fields::parse(&body))?;
    match try_to_send(&state, owner, Occasion::of_key(&state, &visitor, owner)).await? {
        None => Ok(Redirect::to(CONFIRM).into_response()),
        Some((owed, status)) => Ok(owed.page(&state, status)),
    }
}

/// Somebody says that the phone was answered, on the way of a client's request: goes on as soon as Duo says so, too. The page
/// does not reload itself, which would take it away from who reads it slowly.
pub(super) async fn answered(
    State(state): State<ConnectState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ConnectError> {
    let step = Step::of(&state, &id, &headers).await?;
    if let Some(signed_in) = &step.signed_in {
        wait(&state, &signed_in.member, &Occasion::of_request(&state, &step, &signed_in.member)).await?;
    }
    Ok(Redirect::to(&step.path()).into_response())
}

/// The same for a key.
pub(super) async fn answered_for_key(
    State(state): State<ConnectState>,
    headers: HeaderMap,
) -> Result<Response, ConnectError> {
    let visitor = Visitor::of(&state, &headers).await?;
    let owner = visitor.owner()?;
    wait(&state, owner, &Occasion::of_key(&state, &visitor, owner)).await?;
    Ok(Redirect::to(CONFIRM).into_response())
}

/// Waits until the push is answered, or for a while.
async fn wait(state: &ConnectState, member: &Member, occasion: &Occasion) -> Result<(), ConnectError> {
    let until = Instant::now() + WAIT;
    while Instant::now() < until {
        let last = state.calls.proof(&member.tenant, &occasion.purpose).await?;
        if !last.is_some_and(|push| push.state.is_open()) {
            return Ok(());
        }
        sleep(LOOK).await;
    }
    Ok(())
}

/// Whether an API key, or what takes the push away, needs one first.
pub(super) async fn is_owed(state: &ConnectState, visitor: &Visitor, owner: &Member) -> Result<bool, ConnectError> {
    Ok(owner.manages() && owed(state, owner, Occasion::of_key(state, visitor, owner)).await?.is_some())
}

/// Sends a push if one is owed; what stands in its way.
async fn try_to_send(
    state: &ConnectState,
    member: &Member,
    occasion: Occasion,
) -> Result<Option<(Owed, StatusCode)>, ConnectError> {
    let Some(mut owed) = owed(state, member, occasion).await? else { return Ok(None) };
    // The same form sent twice sends one push.
    if owed.is_waiting {
        return Ok(None);
    }
    match state.calls.ask_for_proof(&owed.proof).await {
        Ok(()) => Ok(None),
        Err(error) => {
            let status = owed.refuse(error)?;
            Ok(Some((owed, status)))
        }
    }
}

impl Owed {
    /// Says why no push was sent; nothing is connected without one.
    fn refuse(&mut self, error: CallError) -> Result<StatusCode, ConnectError> {
        let (status, said) = match &error {
            CallError::PushRefused(PushRefused::OneIsWaiting) => (
                StatusCode::CONFLICT,
                "Another push to you has not been answered yet. Answer that one, and send this one then.",
            ),
            CallError::PushRefused(
                PushRefused::Person { retry_at }
                | PushRefused::Tenant { retry_at }
                | PushRefused::CoolDown { retry_at },
            ) => {
                self.retry_at = Some(*retry_at);
                (StatusCode::TOO_MANY_REQUESTS, "Too many pushes were sent, or the last one was denied.")
            }
            CallError::NoCredential(_) => (
                StatusCode::CONFLICT,
                "There are no working Auth API keys to send a push with. An owner has to see to that.",
            ),
            CallError::Tool(ToolError::Rule { code, .. } | ToolError::NotOne { code, .. }) => {
                (StatusCode::CONFLICT, no_push(code))
            }
            CallError::Tool(ToolError::Duo(_) | ToolError::OutOfTime) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Duo cannot be reached now. Nothing is connected without a push; try again in a moment.",
            ),
            _ => return Err(error.into()),
        };
        self.problem = Some(match self.retry_at {
            Some(at) => format!("{said} The next can be sent after {at}."),
            None => said.to_owned(),
        });
        Ok(status)
    }

    /// The page: the push to send, or the one to answer.
    pub(super) fn page(&self, state: &ConnectState, status: StatusCode) -> Response {
        let (asked, occasion) = (self.asked.as_ref(), &self.occasion);
        let page = PushPage {
            base: occasion.base.clone(),
            csrf: occasion.csrf.clone(),
            what: occasion.what.clone(),
            is_asked: occasion.is_asked,
            tenant: self.tenant.clone(),
            username: asked.and_then(|asked| asked.username.as_deref()).map(visible).unwrap_or_default(),
            account: asked.map(|asked| asked.account.clone()).unwrap_or_default(),
            uses_passcodes: asked.is_some_and(|asked| asked.uses_passcodes),
            is_waiting: self.is_waiting,
            problem: self.problem.clone(),
        };
        let mut response = answer(status, &page);
        if let Some(at) = self.retry_at {
            let seconds = (at.0 - state.clock.now().0).max(1_000) / 1_000;
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Why Duo would not ask this member by a push.
fn no_push(code: &str) -> &'static str {
    match code {
        "user_not_enrolled" => "You have no factor in Duo yet. Enroll one first.",
        "user_in_bypass" => {
            "Duo would let you in without asking, so a push would prove nothing. An owner has to see to that."
        }
        "user_denied" => "Duo does not let you sign in at present.",
        "no_capable_device" => "You have no phone in Duo that takes pushes.",
        _ => "You are not known in Duo under the name that is set for you here. An owner can set your Duo username.",
    }
}
