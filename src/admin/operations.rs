//! Operations over REST: what waits and would happen, yes or no.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::error::AdminError;
use super::operator::Operator;
use super::paging::{Page, Rows};
use super::params::Params;
use super::state::AdminState;
use super::view::OperationView;
use crate::domain::ids::OperationId;
use crate::operations::Verdict;

/// Which operations are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Where they stand; only `waiting` can be listed over all tenants.
    state: Option<String>,
    /// How many rows: 1 to 200.
    limit: Option<u32>,
    /// Where to go on, as the answer before gave it.
    cursor: Option<String>,
}

/// List the operations that wait
pub(super) async fn list(
    State(admin): State<AdminState>,
    _caller: Operator,
    Params(which): Params<Which>,
) -> Result<Json<Rows<OperationView>>, AdminError> {
    if which.state.is_some_and(|state| state != "waiting") {
        return Err(AdminError::BadParameter { name: "state", expected: "`waiting`" });
    }
    let page = Page { limit: which.limit, cursor: which.cursor };
    let limit = page.limit()?;
    let after = page.cursor.as_deref().map(OperationId::parse).transpose().map_err(|_| AdminError::BadCursor)?;
    let rows = admin.approvals.list_waiting(after.as_ref(), limit + 1).await?;
    Ok(Json(Rows::page(rows, limit, |operation| operation.id.to_string())))
}

/// Look at an operation, and at what exactly will happen
pub(super) async fn show(
    State(admin): State<AdminState>,
    _caller: Operator,
    Path(id): Path<String>,
) -> Result<Json<OperationView>, AdminError> {
    let shown = admin.approvals.show(&id_of(&id)?).await?.ok_or(AdminError::NotFound("operation"))?;
    Ok(Json(OperationView::from(&shown.operation).with_plan(shown.plan.as_ref())))
}

/// Approve an operation
pub(super) async fn approve(
    State(admin): State<AdminState>,
    caller: Operator,
    Path(id): Path<String>,
) -> Result<Json<OperationView>, AdminError> {
    decide(&admin, &caller, &id, Verdict::Approve).await
}

/// Deny an operation
pub(super) async fn deny(
    State(admin): State<AdminState>,
    caller: Operator,
    Path(id): Path<String>,
) -> Result<Json<OperationView>, AdminError> {
    decide(&admin, &caller, &id, Verdict::Deny).await
}

async fn decide(
    admin: &AdminState,
    caller: &Operator,
    id: &str,
    verdict: Verdict,
) -> Result<Json<OperationView>, AdminError> {
    let operation = admin.approvals.decide(&id_of(id)?, verdict, &caller.actor()).await?;
    Ok(Json(OperationView::from(&operation)))
}

fn id_of(text: &str) -> Result<OperationId, AdminError> {
    OperationId::parse(text).map_err(|_| AdminError::NotFound("operation"))
}
