//! Connections over REST: one for each Duo account of a tenant.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;

use super::body::Body;
use super::error::AdminError;
use super::operator::Operator;
use super::paging::Rows;
use super::state::AdminState;
use super::view::ConnectionView;
use crate::domain::connection::AuthDefaults;
use crate::tenants::NewConnection;

/// What a connection is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PutConnection {
    /// The API hostname, such as `api-1234abcd.duosecurity.com`.
    host: String,
    /// A longer name for people.
    label: Option<String>,
    /// How authentications are asked for when a call does not say.
    #[serde(default)]
    defaults: AuthDefaults,
}

/// Register or change a connection
pub(super) async fn put(
    State(admin): State<AdminState>,
    caller: Operator,
    Path((tenant, name)): Path<(String, String)>,
    Body(body): Body<PutConnection>,
) -> Result<Json<ConnectionView>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let new = NewConnection { name, label: body.label, host: body.host, defaults: body.defaults };
    let connection = admin.acts.put_connection(&tenant.id, &new, &caller.actor()).await?;
    Ok(Json(ConnectionView::from(&connection)))
}

/// List connections
pub(super) async fn list(
    State(admin): State<AdminState>,
    _caller: Operator,
    Path(tenant): Path<String>,
) -> Result<Json<Rows<ConnectionView>>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let rows = admin.store.connections.list(&tenant.id).await?;
    Ok(Json(Rows::all(rows.iter().map(ConnectionView::from).collect())))
}

/// Look at a connection
pub(super) async fn show(
    State(admin): State<AdminState>,
    _caller: Operator,
    Path((tenant, name)): Path<(String, String)>,
) -> Result<Json<ConnectionView>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    Ok(Json(ConnectionView::from(&admin.acts.connection(&tenant.id, &name).await?)))
}

/// Delete a connection, with its credentials
pub(super) async fn delete(
    State(admin): State<AdminState>,
    caller: Operator,
    Path((tenant, name)): Path<(String, String)>,
) -> Result<StatusCode, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    admin.acts.delete_connection(&tenant.id, &name, &caller.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}
