//! The push by which a member proves that it is there, where one is asked for.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{REFRESH, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::super::page::answer;
use super::consent::leading_back;
use super::error::ConnectError;
use super::page::PushPage;
use super::state::ConnectState;
use super::step::Step;
use super::view::AskedView;
use crate::calls::{Asked, CallError, Calls, Proof};
use crate::domain::clock::Timestamp;
use crate::domain::member::Member;
use crate::domain::push::{PushRefused, PushState};
use crate::domain::text::visible;
use crate::tools::error::ToolError;

/// How often the page looks whether the phone was answered. A header, so that the page itself holds still for readers
/// of it; a link does the same by hand.
const LOOK_AGAIN: HeaderValue = HeaderValue::from_static("2");

/// A push that is still owed: none was sent, or the last one was not answered with yes.
pub(super) struct Owed {
    tenant: String,
    asked: Option<Asked>,
    is_waiting: bool,
    problem: Option<String>,
    retry_at: Option<Timestamp>,
    proof: Proof,
}

/// What the member owes before it may consent; `None` when the tenant asks for nothing, or the phone said yes.
pub(super) async fn owed(state: &ConnectState, step: &Step, member: &Member) -> Result<Option<Owed>, ConnectError> {
    let context = state.registry.context(&member.tenant).await?;
    if !context.tenant.require_push {
        return Ok(None);
    }
    let purpose = state.requests.purpose(step.ticket(), member);
    let last = state.calls.proof(&member.tenant, &purpose).await?.map(|push| push.state);
    if last == Some(PushState::Allow) {
        return Ok(None);
    }
    let request = &step.open.request;
    Ok(Some(Owed {
        tenant: visible(&context.tenant.name),
        asked: Calls::asked_where(&context, member),
        is_waiting: last.is_some_and(PushState::is_open),
        problem: last.and_then(after).map(str::to_owned),
        retry_at: None,
        proof: Proof {
            member: member.clone(),
            context,
            purpose,
            reason: format!("Connect {} at {}", request.client_name, request.redirect.host()),
        },
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

/// Sends the push.
pub(super) async fn send(
    State(state): State<ConnectState>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (step, _) = Step::posted(&state, &id, &headers, &body).await?;
    let Some(signed_in) = &step.signed_in else { return Err(ConnectError::ForeignForm) };
    let here = format!("/connect/{}", step.id);
    if step.open.decided.is_some() {
        return Ok(Redirect::to(&here).into_response());
    }
    let Some(mut owed) = owed(&state, &step, &signed_in.member).await? else {
        return Ok(Redirect::to(&here).into_response());
    };
    // The same form sent twice sends one push.
    if owed.is_waiting {
        return Ok(Redirect::to(&here).into_response());
    }
    match state.calls.ask_for_proof(&owed.proof).await {
        Ok(()) => Ok(Redirect::to(&here).into_response()),
        Err(error) => {
            let status = owed.refuse(error)?;
            Ok(owed.page(&state, &step, status))
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
    pub(super) fn page(&self, state: &ConnectState, step: &Step, status: StatusCode) -> Response {
        let asked = self.asked.as_ref();
        let page = PushPage {
            id: step.id.clone(),
            csrf: step.csrf(state),
            asked: AskedView::new(&step.open.request),
            tenant: self.tenant.clone(),
            username: asked.and_then(|asked| asked.username.as_deref()).map(visible).unwrap_or_default(),
            account: asked.map(|asked| asked.account.clone()).unwrap_or_default(),
            uses_passcodes: asked.is_some_and(|asked| asked.uses_passcodes),
            is_waiting: self.is_waiting,
            problem: self.problem.clone(),
        };
        let mut response = leading_back(answer(status, &page), &step.open.request.redirect);
        if self.is_waiting {
            response.headers_mut().insert(REFRESH, LOOK_AGAIN);
        }
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
