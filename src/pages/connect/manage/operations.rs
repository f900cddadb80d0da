//! What waits for an approver's yes: looked at, approved, denied.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};

use super::super::super::approvals::{After, no_plan};
use super::super::super::view::{OperationView, ResultView, Viewer};
use super::super::arrive;
use super::super::error::ConnectError;
use super::super::state::ConnectState;
use super::super::visitor::{Visitor, actor};
use super::page::OperationPage;
use crate::domain::ids::OperationId;
use crate::domain::member::Member;
use crate::domain::operation::OperationState;
use crate::domain::text::visible;
use crate::operations::{ApprovalError, Shown, Verdict};
use crate::store::StoreError;
use crate::web::form::Fields;

/// One operation of the approver's tenant. One of another is none.
pub(super) async fn show(
    State(state): State<ConnectState>,
    Path(id): Path<String>,
    Query(after): Query<After>,
    headers: HeaderMap,
) -> Result<Response, ConnectError> {
    let visitor = Visitor::of(&state, &headers).await?;
    if visitor.member().is_none() {
        return Ok(arrive::for_operation(&state, &id));
    }
    let approver = visitor.approver()?;
    let Shown { operation, plan } = find(&state, approver, &id).await?;
    let context = state.registry.context(&approver.tenant).await?;
    let now = state.clock.now();
    let is_late = operation.state == OperationState::Waiting && operation.expires_at <= now;
    let page = OperationPage {
        base: "/connect/operations",
        viewer: Viewer { name: visible(&approver.name), csrf: visitor.csrf(&state) },
        notice: after.notice(&operation),
        item: OperationView::new(&operation, visible(&context.tenant.name), now),
        plan: plan.filter(|_| !is_late).map(Into::into),
        no_plan: no_plan(operation.state, is_late),
        results: operation.results.iter().map(ResultView::from).collect(),
    };
    Ok(visitor.answer(&state, StatusCode::OK, &page))
}

async fn find(state: &ConnectState, approver: &Member, id: &str) -> Result<Shown, ConnectError> {
    let id = OperationId::parse(id).map_err(|_| ConnectError::NotFound)?;
    let shown = state.approvals.show(&id).await.map_err(failed)?;
    shown.filter(|shown| shown.operation.tenant == approver.tenant).ok_or(ConnectError::NotFound)
}

/// Says yes.
pub(super) async fn approve(
    State(state): State<ConnectState>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    decide(&state, &id, &headers, &body, Verdict::Approve).await
}

/// Says no.
pub(super) async fn deny(
    State(state): State<ConnectState>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    decide(&state, &id, &headers, &body, Verdict::Deny).await
}

async fn decide(
    state: &ConnectState,
    id: &str,
    headers: &HeaderMap,
    body: &[u8],
    verdict: Verdict,
) -> Result<Response, ConnectError> {
    let (visitor, fields) = (Visitor::of(state, headers).await?, Fields::parse(body));
    let approver = visitor.approver()?;
    visitor.check(state, &fields)?;
    let operation = find(state, approver, id).await?.operation;
    let is_own = operation.caller.member() == Some(&approver.id);
    if verdict == Verdict::Approve && is_own && !approver.manages() {
        return Err(ConnectError::OwnRequest);
    }
    let id = operation.id;
    let done = match state.approvals.decide(&id, verdict, &actor(approver)).await {
        Ok(_) if verdict == Verdict::Approve => "approved",
        Ok(_) => "denied",
        Err(ApprovalError::NotWaiting { .. }) => "late",
        Err(error) => return Err(failed(error)),
    };
    Ok(Redirect::to(&format!("/connect/operations/{id}?done={done}")).into_response())
}

fn failed(error: ApprovalError) -> ConnectError {
    match error {
        // Who was an approver, or an owner, when the page was asked for, and is none any more.
        ApprovalError::Store(StoreError::Conflict("approver")) => ConnectError::NotAnApprover,
        ApprovalError::Store(StoreError::Conflict("own request")) => ConnectError::OwnRequest,
        ApprovalError::Store(error) => ConnectError::Store(error),
        ApprovalError::Unknown => ConnectError::NotFound,
        other => ConnectError::Approval(other),
    }
}
