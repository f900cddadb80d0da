//! Members over REST: made, changed, removed, and given an owner key.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;

use super::body::Body;
use super::error::AdminError;
use super::keys::check_tools;
use super::operator::Operator;
use super::paging::Rows;
use super::state::AdminState;
use super::view::{MemberView, NewOwnerKeyView, OwnerKeyView};
use crate::domain::member::{MemberKind, Role};
use crate::domain::scope::Scopes;
use crate::domain::standing::NewStanding;
use crate::tenants::{MemberEdit, NewMember, TenantError};

/// A member to make.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MakeMember {
    /// Its name; phones, approvals and the audit log say it.
    name: String,
    /// A person, or a service that calls by keys alone; left out, a person.
    kind: Option<MemberKind>,
    /// Its username in Duo, where it is not what the connection's format makes of the name.
    duo_username: Option<String>,
    /// What it may do at most.
    role: Role,
    /// What it may do at most within the role; left out, all of it.
    scopes: Option<Scopes>,
}

/// What is to be otherwise about a member; what is left out stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeMember {
    /// Another name.
    name: Option<String>,
    /// Another Duo username; empty for what the connection's format makes of the name.
    duo_username: Option<String>,
    /// Another role. It holds for all the member's keys within two seconds.
    role: Option<Role>,
    /// Other bounds within the role.
    scopes: Option<Scopes>,
    /// Other approvals in advance, for all that the member calls by.
    standing: Option<Vec<NewStanding>>,
    /// Whether it says yes or no to what waits, though it is no owner. People alone do; never to what they asked for.
    approves: Option<bool>,
}

/// Make a member
pub(super) async fn make(
    State(admin): State<AdminState>,
    caller: Operator,
    Path(tenant): Path<String>,
    Body(body): Body<MakeMember>,
) -> Result<(StatusCode, Json<MemberView>), AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let new = NewMember {
        name: body.name,
        kind: body.kind.unwrap_or(MemberKind::Person),
        duo_username: body.duo_username,
        role: body.role,
        scopes: body.scopes.unwrap_or_else(Scopes::all),
    };
    let member = admin.acts.create_member(&tenant.id, &new, &caller.actor()).await?;
    Ok((StatusCode::CREATED, Json(MemberView::from(&member))))
}

/// List members
pub(super) async fn list(
    State(admin): State<AdminState>,
    _caller: Operator,
    Path(tenant): Path<String>,
) -> Result<Json<Rows<MemberView>>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let rows = admin.acts.members(&tenant.id).await?;
    Ok(Json(Rows::all(rows.iter().map(MemberView::from).collect())))
}

/// Look at a member
pub(super) async fn show(
    State(admin): State<AdminState>,
    _caller: Operator,
    Path((tenant, member)): Path<(String, String)>,
) -> Result<Json<MemberView>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    Ok(Json(MemberView::from(&admin.acts.find_member(&tenant.id, &member).await?)))
}

/// Change a member
///
/// A narrower role holds for all its keys within two seconds, on every replica.
pub(super) async fn change(
    State(admin): State<AdminState>,
    caller: Operator,
    Path((tenant, member)): Path<(String, String)>,
    Body(body): Body<ChangeMember>,
) -> Result<Json<MemberView>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let member = admin.acts.find_member(&tenant.id, &member).await?;
    check_tools(body.standing.as_deref().unwrap_or_default()).map_err(TenantError::from)?;
    let ChangeMember { name, duo_username, role, scopes, standing, approves } = body;
    let edit = MemberEdit { name, duo_username, role, scopes, standing, approves };
    let member = admin.acts.change_member(&tenant.id, &member.id, &edit, &caller.actor()).await?;
    Ok(Json(MemberView::from(&member)))
}

/// Remove a member
///
/// Its keys, its owner key and its sessions end within two seconds, on every replica. The last owner stays.
pub(super) async fn remove(
    State(admin): State<AdminState>,
    caller: Operator,
    Path((tenant, member)): Path<(String, String)>,
) -> Result<StatusCode, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let member = admin.acts.find_member(&tenant.id, &member).await?;
    admin.acts.remove_member(&tenant.id, &member.id, &caller.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a member an owner key
///
/// It signs the member in at the pages. One that the member had works no longer, and its sessions end.
pub(super) async fn make_owner_key(
    State(admin): State<AdminState>,
    caller: Operator,
    Path((tenant, member)): Path<(String, String)>,
) -> Result<(StatusCode, Json<NewOwnerKeyView>), AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let member = admin.acts.find_member(&tenant.id, &member).await?;
    let (row, token) = admin.acts.make_owner_key(&tenant.id, &member.id, &caller.actor()).await?;
    let view = NewOwnerKeyView { owner_key: token.expose().to_owned(), about: OwnerKeyView::from(&row) };
    Ok((StatusCode::CREATED, Json(view)))
}

/// List owner keys
pub(super) async fn owner_keys(
    State(admin): State<AdminState>,
    _caller: Operator,
    Path(tenant): Path<String>,
) -> Result<Json<Rows<OwnerKeyView>>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let rows = admin.acts.owner_keys(&tenant.id).await?;
    Ok(Json(Rows::all(rows.iter().map(OwnerKeyView::from).collect())))
}
