//! Operations over REST: what waits and would happen, yes or no.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::error::AdminError;
use super::operator::Operator;
use super::paging::Rows;
use super::params::Params;
use super::state::AdminState;
use super::view::OperationView;
use crate::domain::ids::OperationId;
use crate::operations::Verdict;

/// The most operations of a list.
const MOST: i64 = 200;

/// Which operations are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Where they stand; only `waiting` can be listed over all tenants.
    state: Option<String>,
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
    let rows = admin.approvals.list_waiting(MOST).await?;
    Ok(Json(Rows::all(rows.iter().map(OperationView::from).collect())))
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
