//! Invites over REST: into a tenant, or to make one.

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
use super::view::{InviteView, NewInviteView};
use crate::domain::ids::{InviteId, TenantId};
use crate::domain::invite::Invite;
use crate::domain::member::Role;
use crate::domain::scope::Scopes;
use crate::tokens::Token;

/// An invite to make.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MakeInvite {
    /// What the new member will be.
    role: Role,
    /// What the new member will have at most within the role; left out, all of it.
    scopes: Option<Scopes>,
}

/// Invite somebody into a tenant
///
/// It works once, for three days.
pub(super) async fn make(
    State(admin): State<AdminState>,
    caller: Operator,
    Path(tenant): Path<String>,
    Body(body): Body<MakeInvite>,
) -> Result<(StatusCode, Json<NewInviteView>), AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let scopes = body.scopes.unwrap_or_else(Scopes::all);
    let made = admin.acts.create_invite(Some(&tenant.id), body.role, scopes, &caller.actor()).await?;
    Ok(shown(&admin, made))
}

/// Invite somebody to make a tenant
///
/// It works once, for three days; whoever uses it becomes the tenant's owner.
pub(super) async fn make_founding(
    State(admin): State<AdminState>,
    caller: Operator,
) -> Result<(StatusCode, Json<NewInviteView>), AdminError> {
    let made = admin.acts.create_invite(None, Role::Owner, Scopes::all(), &caller.actor()).await?;
    Ok(shown(&admin, made))
}

fn shown(admin: &AdminState, (invite, token): (Invite, Token)) -> (StatusCode, Json<NewInviteView>) {
    let about = InviteView::new(&invite, admin.clock.now());
    (StatusCode::CREATED, Json(NewInviteView { invite: token.expose().to_owned(), about }))
}

/// List a tenant's invites
pub(super) async fn list(
    State(admin): State<AdminState>,
    _caller: Operator,
    Path(tenant): Path<String>,
) -> Result<Json<Rows<InviteView>>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    rows(&admin, Some(&tenant.id)).await
}

/// List the invites to make a tenant
pub(super) async fn list_founding(
    State(admin): State<AdminState>,
    _caller: Operator,
) -> Result<Json<Rows<InviteView>>, AdminError> {
    rows(&admin, None).await
}

async fn rows(admin: &AdminState, tenant: Option<&TenantId>) -> Result<Json<Rows<InviteView>>, AdminError> {
    let (found, now) = (admin.acts.invites(tenant).await?, admin.clock.now());
    Ok(Json(Rows::all(found.iter().map(|invite| InviteView::new(invite, now)).collect())))
}

/// Take an invite into a tenant back
pub(super) async fn revoke(
    State(admin): State<AdminState>,
    caller: Operator,
    Path((tenant, invite)): Path<(String, String)>,
) -> Result<StatusCode, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    admin.acts.revoke_invite(Some(&tenant.id), &id(&invite)?, &caller.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take an invite to make a tenant back
pub(super) async fn revoke_founding(
    State(admin): State<AdminState>,
    caller: Operator,
    Path(invite): Path<String>,
) -> Result<StatusCode, AdminError> {
    admin.acts.revoke_invite(None, &id(&invite)?, &caller.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn id(text: &str) -> Result<InviteId, AdminError> {
    InviteId::parse(text).map_err(|_| AdminError::NotFound("invite"))
}
