//! What members granted, and the clients they let in, over REST: listed, ended.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;

use super::error::AdminError;
use super::operator::Operator;
use super::paging::{Page, Rows};
use super::params::Params;
use super::state::AdminState;
use super::view::{ClientView, GrantView};
use crate::domain::ids::GrantId;

/// List what members granted
pub(super) async fn list(
    State(admin): State<AdminState>,
    _caller: Operator,
    Path(tenant): Path<String>,
) -> Result<Json<Rows<GrantView>>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let (found, now) = (admin.acts.grants(&tenant.id).await?, admin.clock.now());
    Ok(Json(Rows::all(found.iter().map(|(grant, person)| GrantView::new(grant, person, now)).collect())))
}

/// Take a grant back
///
/// Its tokens stop working within two seconds, on every replica.
pub(super) async fn revoke(
    State(admin): State<AdminState>,
    caller: Operator,
    Path((tenant, grant)): Path<(String, String)>,
) -> Result<StatusCode, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let grant = GrantId::parse(&grant).map_err(|_| AdminError::NotFound("grant"))?;
    admin.acts.revoke_grant(&tenant.id, &grant, &caller.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the clients that members let in
pub(super) async fn clients(
    State(admin): State<AdminState>,
    _caller: Operator,
    Params(page): Params<Page>,
) -> Result<Json<Rows<ClientView>>, AdminError> {
    let limit = page.limit()?;
    let found = admin.acts.oauth_clients(page.cursor.as_deref(), limit + 1).await?;
    Ok(Json(Rows::page(found, limit, |(client, _)| client.id.clone())))
}

/// Expel a client
///
/// It is forgotten, and what members of any tenant granted it ends within two seconds, on every replica.
pub(super) async fn expel(
    State(admin): State<AdminState>,
    caller: Operator,
    Path(client): Path<String>,
) -> Result<StatusCode, AdminError> {
    admin.acts.expel_client(&client, &caller.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}
