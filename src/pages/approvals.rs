//! What waits for a person, and one operation with what exactly it would do.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use super::error::PageError;
use super::page::{ListPage, ShowPage, answer};
use super::session::Session;
use super::state::PagesState;
use super::view::{DecidedView, OperationView, ResultView};
use crate::domain::ids::{OperationId, TenantId};
use crate::domain::operation::{Operation, OperationState};

/// The most waiting operations on a page.
const WAITING: u8 = 100;
/// How many decisions are remembered on the page.
const DECIDED: i64 = 20;

/// What was just done, as the address after a form says it.
#[derive(Deserialize)]
pub(super) struct After {
    done: Option<String>,
}

impl After {
    /// What was done to this operation, while it still has to be said.
    pub(super) fn notice(&self, operation: &Operation) -> Option<&'static str> {
        match (self.done.as_deref(), operation.state) {
            (Some("approved"), OperationState::Approved | OperationState::Running) => {
                Some("Approved. It is being carried out now.")
            }
            (Some("approved"), OperationState::Done | OperationState::Failed | OperationState::OutcomeUnknown) => {
                Some("Approved, and carried out. What came of it stands below.")
            }
            (Some("denied"), OperationState::Denied) => Some("Denied. Nothing is sent to Duo."),
            (Some("late"), _) => Some("Somebody decided before, or its time ran out; your answer changed nothing."),
            _ => None,
        }
    }
}

/// Where the list goes on.
#[derive(Deserialize)]
pub(super) struct Turn {
    after: Option<String>,
}

/// The list, in pages, so that no tenant's many operations keep those of another from being seen.
pub(super) async fn list(
    State(pages): State<PagesState>,
    session: Session,
    Query(turn): Query<Turn>,
) -> Result<Response, PageError> {
    let after = turn.after.as_deref().map(OperationId::parse).transpose().map_err(|_| PageError::NotFound)?;
    let mut waiting = pages.approvals.list_waiting(after.as_ref(), i64::from(WAITING) + 1).await?;
    let most = usize::from(WAITING);
    let is_more = waiting.len() > most;
    waiting.truncate(most);
    let next = waiting.last().filter(|_| is_more).map(|last| last.id.clone());
    let decided = pages.approvals.list_decided(DECIDED).await?;
    let names = names(&pages, waiting.iter().chain(&decided)).await?;
    let name = |tenant: &TenantId| names.get(tenant).cloned().unwrap_or_else(|| tenant.to_string());
    let now = pages.clock.now();
    let page = ListPage {
        viewer: session.viewer(&pages),
        waiting: waiting.iter().map(|item| OperationView::new(item, name(&item.tenant), now)).collect(),
        is_first: after.is_none(),
        next,
        decided: decided.iter().map(|item| DecidedView::new(item, name(&item.tenant))).collect(),
    };
    Ok(answer(StatusCode::OK, &page))
}

/// One operation.
pub(super) async fn show(
    State(pages): State<PagesState>,
    session: Session,
    Path(id): Path<String>,
    Query(after): Query<After>,
) -> Result<Response, PageError> {
    let id = OperationId::parse(&id).map_err(|_| PageError::NotFound)?;
    let shown = pages.approvals.show(&id).await?.ok_or(PageError::NotFound)?;
    let operation = shown.operation;
    let names = names(&pages, [&operation].into_iter()).await?;
    let name = names.get(&operation.tenant).cloned().unwrap_or_else(|| operation.tenant.to_string());
    let now = pages.clock.now();
    let is_late = operation.state == OperationState::Waiting && operation.expires_at <= now;
    let page = ShowPage {
        base: "/approvals",
        viewer: session.viewer(&pages),
        notice: after.notice(&operation),
        item: OperationView::new(&operation, name, now),
        // What it would have done is nothing that is still ahead.
        plan: shown.plan.filter(|_| !is_late).map(Into::into),
        no_plan: no_plan(operation.state, is_late),
        results: operation.results.iter().map(ResultView::from).collect(),
    };
    Ok(answer(StatusCode::OK, &page))
}

/// Why there is nothing to show of what an operation sends.
pub(super) fn no_plan(state: OperationState, is_late: bool) -> &'static str {
    match state {
        _ if is_late => "Its time ran out before anybody decided. Nothing is sent to Duo.",
        OperationState::Waiting | OperationState::Asking | OperationState::Approved | OperationState::Running => {
            "What it would send cannot be read. Deny it, and look into the log."
        }
        OperationState::Done | OperationState::Failed | OperationState::OutcomeUnknown => {
            "It is over, and what was sent is no longer kept here."
        }
        OperationState::Denied | OperationState::Expired | OperationState::Cancelled => {
            "It is over, so what it would have sent is no longer kept."
        }
    }
}

/// The names of the tenants of these operations.
async fn names<'a>(
    pages: &PagesState,
    operations: impl Iterator<Item = &'a Operation>,
) -> Result<HashMap<TenantId, String>, PageError> {
    let mut names = HashMap::new();
    for operation in operations {
        if !names.contains_key(&operation.tenant)
            && let Some(tenant) = pages.store.tenants.find(&operation.tenant).await?
        {
            names.insert(operation.tenant.clone(), tenant.name);
        }
    }
    Ok(names)
}
