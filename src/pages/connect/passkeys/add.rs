//! The page on which a member who has just signed in makes a passkey.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};

use super::super::error::ConnectError;
use super::super::mistakes::{Said, sentence};
use super::super::state::ConnectState;
use super::super::typed::{Form, Typed};
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
    typed: Typed,
}

const FORM: Form = Form::new("passkey", &["name"]);

/// Shows it.
pub(super) async fn show(State(state): State<ConnectState>, headers: HeaderMap) -> Result<Response, ConnectError> {
    let visitor = Visitor::of(&state, &headers).await?;
    page(&state, &visitor, StatusCode::OK, Typed::default()).await
}

async fn page(
    state: &ConnectState,
    visitor: &Visitor,
    status: StatusCode,
    typed: Typed,
) -> Result<Response, ConnectError> {
    let member = visitor.signed_in()?;
    let (status, question, typed) = match state.acts.start_passkey(visitor.sitting()?, visitor.browser()).await {
        Ok(asked) => (status, Some(QuestionView::from(asked)), typed),
        Err(error @ TenantError::TooManyPasskeys { .. }) => {
            (StatusCode::CONFLICT, None, FORM.empty(Said::form(sentence(&error.to_string()))))
        }
        Err(error) => return Err(error.into()),
    };
    let context = state.registry.context(&member.tenant).await?;
    let (tenant, is_asked) = (visible(&context.tenant.name), question.is_some());
    let page = AddPage { csrf: visitor.csrf(state), member: visible(&member.name), tenant, question, typed };
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
            let said = sentence(&error.to_string());
            let is_name = matches!(error, TenantError::BadText { .. });
            let said = if is_name { Said::field("name", said) } else { Said::form(said) };
            page(&state, &visitor, StatusCode::UNPROCESSABLE_ENTITY, FORM.back(&fields, said)).await
        }
        Err(error) => Err(error.into()),
    }
}
