//! Members' passkeys over REST: listed and removed. Only a browser makes them.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;

use super::error::AdminError;
use super::operator::Operator;
use super::paging::Rows;
use super::state::AdminState;
use super::view::PasskeyView;
use crate::domain::ids::PasskeyId;

/// List passkeys
pub(super) async fn list(
    State(admin): State<AdminState>,
    _caller: Operator,
    Path(tenant): Path<String>,
) -> Result<Json<Rows<PasskeyView>>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let rows = admin.acts.passkeys(&tenant.id, None).await?;
    Ok(Json(Rows::all(rows.iter().map(PasskeyView::from).collect())))
}

/// Remove a passkey
///
/// It signs nobody in any more, and the sessions that it opened end.
pub(super) async fn remove(
    State(admin): State<AdminState>,
    caller: Operator,
    Path((tenant, passkey)): Path<(String, String)>,
) -> Result<StatusCode, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let passkey = PasskeyId::parse(&passkey).map_err(|_| AdminError::NotFound("passkey"))?;
    admin.acts.remove_passkey(&tenant.id, &passkey, &caller.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}
