//! The audit log of a tenant over REST.

use axum::Json;
use axum::extract::{Path, State};

use super::error::AdminError;
use super::operator::Operator;
use super::paging::{Page, Rows};
use super::params::Params;
use super::state::AdminState;
use super::view::EventView;
use crate::domain::clock::Timestamp;
use crate::domain::ids::EventId;

/// List what happened, newest first
pub(super) async fn list(
    State(admin): State<AdminState>,
    _caller: Operator,
    Path(tenant): Path<String>,
    Params(page): Params<Page>,
) -> Result<Json<Rows<EventView>>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let limit = page.limit()?;
    let after = page.cursor.as_deref().map(read_cursor).transpose()?;
    let rows = admin.store.audit.list(Some(&tenant.id), after, limit + 1).await?;
    Ok(Json(Rows::page(rows, limit, |event| format!("{}.{}", event.at.0, event.id))))
}

/// A cursor is the last row's time and id, which tell the reader nothing that the row did not.
fn read_cursor(text: &str) -> Result<(Timestamp, EventId), AdminError> {
    let parts = text.split_once('.');
    let read = parts.and_then(|(at, id)| Some((Timestamp(at.parse().ok()?), EventId::parse(id).ok()?)));
    read.ok_or(AdminError::BadCursor)
}
