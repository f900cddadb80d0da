//! The page on which a member who has just signed in makes a passkey.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};

use super::super::error::ConnectError;
use super::super::mistakes::sentence;
use super::super::state::ConnectState;
use super::super::visitor::Visitor;
use super::question::{QuestionView, scripted};
use crate::domain::text::visible;
use crate::tenants::TenantError;

/// The page.
#[derive(Template)]
#[template(path = "connect_passkey.html", config = "src/pages/askama.toml")]
struct AddPage {
    csrf: String,
    member: String,
    tenant: String,
    question: Option<QuestionView>,
    name: String,
    problem: Option<String>,
}

/// Shows it.
pub(super) async fn show(State(state): State<ConnectState>, headers: HeaderMap) -> Result<Response, ConnectError> {
    let visitor = Visitor::of(&state, &headers).await?;
    page(&state, &visitor, StatusCode::OK, String::new(), None).await
}

async fn page(
    state: &ConnectState,
    visitor: &Visitor,
    status: StatusCode,
    name: String,
    problem: Option<String>,
) -> Result<Response, ConnectError> {
    let member = visitor.signed_in()?;
    let (status, question, problem) = match state.acts.start_passkey(visitor.sitting()?, visitor.browser()).await {
        Ok(asked) => (status, Some(QuestionView::from(asked)), problem),
        Err(error @ TenantError::TooManyPasskeys { .. }) => {
            (StatusCode::CONFLICT, None, Some(sentence(&error.to_string())))
        }
        Err(error) => return Err(error.into()),
    };
    let context = state.registry.context(&member.tenant).await?;
    let (tenant, is_asked) = (visible(&context.tenant.name), question.is_some());
    let page = AddPage { csrf: visitor.csrf(state), member: visible(&member.name), tenant, question, name, problem };
    Ok(scripted(visitor.answer(state, status, &page), is_asked))
}

/// Keeps what the browser made.
pub(super) async fn take(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (visitor, fields) = Visitor::posted(&state, &headers, &body).await?;
    let (answer, name) = ((fields.text("state"), fields.text("answer")), fields.text("name"));
    match state.acts.finish_passkey(visitor.sitting()?, visitor.browser(), answer, name).await {
        Ok(_) => Ok(Redirect::to("/connect/manage?done=passkey#passkeys").into_response()),
        Err(
            error @ (TenantError::StalePasskey
            | TenantError::BadPasskey(_)
            | TenantError::PasskeyTaken
            | TenantError::TooManyPasskeys { .. }
            | TenantError::BadText { .. }),
        ) => {
            let problem = Some(sentence(&error.to_string()));
            page(&state, &visitor, StatusCode::UNPROCESSABLE_ENTITY, name.to_owned(), problem).await
        }
        Err(error) => Err(error.into()),
    }
}
