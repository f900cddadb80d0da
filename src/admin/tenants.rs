//! Tenants over REST: register, look at, suspend, resume, delete.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;

use super::body::Body;
use super::error::AdminError;
use super::operator::Operator;
use super::paging::{Page, Rows};
use super::params::Params;
use super::state::AdminState;
use super::view::{OperatorView, TenantView};
use crate::domain::ids::TenantId;
use crate::domain::preset::Preset;

/// A tenant to register.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTenant {
    /// A short name, unique in the installation: lower-case letters, digits and hyphens.
    slug: String,
    /// Its name for people; left out, the short name.
    name: Option<String>,
}

/// What is to be otherwise about a tenant; what is left out stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeTenant {
    /// Whether a member who connects a client has to answer a Duo push as well. The push goes to its Duo
    /// username, in the connection that was the first with Auth API keys.
    require_push: Option<bool>,
    /// The most that any key or client may do here, whatever its member may. It holds within two seconds.
    preset: Option<Preset>,
}

/// That a deletion is meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirm {
    /// The tenant's short name.
    confirm: Option<String>,
}

/// Register a tenant
pub(super) async fn register(
    State(admin): State<AdminState>,
    caller: Operator,
    Body(new): Body<NewTenant>,
) -> Result<(StatusCode, Json<TenantView>), AdminError> {
    let name = new.name.as_deref().unwrap_or(&new.slug);
    let tenant = admin.acts.register_tenant(&new.slug, name, &caller.actor()).await?;
    Ok((StatusCode::CREATED, Json(TenantView::from(&tenant))))
}

/// List tenants
pub(super) async fn list(
    State(admin): State<AdminState>,
    _caller: Operator,
    Params(page): Params<Page>,
) -> Result<Json<Rows<TenantView>>, AdminError> {
    let limit = page.limit()?;
    let after = page.cursor.as_deref().map(TenantId::parse).transpose().map_err(|_| AdminError::BadCursor)?;
    let rows = admin.store.tenants.list(after.as_ref(), limit + 1).await?;
    Ok(Json(Rows::page(rows, limit, |tenant| tenant.id.to_string())))
}

/// Look at a tenant
pub(super) async fn show(
    State(admin): State<AdminState>,
    _caller: Operator,
    Path(tenant): Path<String>,
) -> Result<Json<TenantView>, AdminError> {
    Ok(Json(TenantView::from(&admin.acts.find_tenant(&tenant).await?)))
}

/// Change a tenant
pub(super) async fn change(
    State(admin): State<AdminState>,
    caller: Operator,
    Path(tenant): Path<String>,
    Body(body): Body<ChangeTenant>,
) -> Result<Json<TenantView>, AdminError> {
    let mut tenant = admin.acts.find_tenant(&tenant).await?;
    if let Some(require) = body.require_push {
        tenant = admin.acts.require_push(&tenant.id, require, &caller.actor()).await?;
    }
    if let Some(preset) = body.preset {
        tenant = admin.acts.set_preset(&tenant.id, preset, &caller.actor()).await?;
    }
    Ok(Json(TenantView::from(&tenant)))
}

/// Suspend a tenant
///
/// Its keys stop working within two seconds, on every replica; its data is kept.
pub(super) async fn suspend(
    State(admin): State<AdminState>,
    caller: Operator,
    Path(tenant): Path<String>,
) -> Result<Json<TenantView>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let tenant = admin.acts.suspend_tenant(&tenant.id, &caller.actor()).await?;
    Ok(Json(TenantView::from(&tenant)))
}

/// Resume a tenant
pub(super) async fn resume(
    State(admin): State<AdminState>,
    caller: Operator,
    Path(tenant): Path<String>,
) -> Result<Json<TenantView>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let tenant = admin.acts.resume_tenant(&tenant.id, &caller.actor()).await?;
    Ok(Json(TenantView::from(&tenant)))
}

/// Delete a tenant
///
/// Its secrets, keys and operations are erased; its audit rows stay. `confirm` repeats its short name.
pub(super) async fn delete(
    State(admin): State<AdminState>,
    caller: Operator,
    Path(tenant): Path<String>,
    Params(confirm): Params<Confirm>,
) -> Result<StatusCode, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    if confirm.confirm.as_deref() != Some(tenant.slug.as_str()) {
        return Err(AdminError::NotConfirmed { slug: tenant.slug.to_string() });
    }
    admin.acts.delete_tenant(&tenant.id, &caller.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who am I
pub(super) async fn me(caller: Operator) -> Json<OperatorView> {
    Json(OperatorView::from(&caller.0))
}
