//! API keys over REST: made and shown once, listed, revoked.

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
use super::view::{KeyView, NewKeyView};
use crate::domain::ids::KeyId;
use crate::domain::scope::Scopes;
use crate::domain::standing::{BadStanding, NewStanding};
use crate::tenants::{Holder, NewApiKey, TenantError};
use crate::tools::catalog;

/// A key to make.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MakeKey {
    /// What the key is for.
    name: String,
    /// The member that it belongs to, by id or name.
    member: Option<String>,
    /// Instead of `member`, as before there were members: a name. The member of this name, or a new one whose role
    /// narrows nothing.
    person: Option<String>,
    /// What it may be used for; not more than the member may have.
    scopes: Scopes,
    /// When it stops working, in days from now: 1 to 3650; left out, 365.
    expires_in_days: Option<i64>,
    /// What is approved in advance.
    #[serde(default)]
    standing: Vec<NewStanding>,
}

/// Checks that these approvals name tools that there are.
pub fn check_tools(standing: &[NewStanding]) -> Result<(), BadStanding> {
    standing.iter().try_for_each(|approval| approval.check_tools(|name| catalog::find(name).is_some()))
}

/// Make a key
pub(super) async fn make(
    State(admin): State<AdminState>,
    caller: Operator,
    Path(tenant): Path<String>,
    Body(body): Body<MakeKey>,
) -> Result<(StatusCode, Json<NewKeyView>), AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    check_tools(&body.standing).map_err(TenantError::from)?;
    let holder = match (&body.member, body.person) {
        (Some(member), None) => Holder::Member(admin.acts.find_member(&tenant.id, member).await?.id),
        (None, Some(person)) => Holder::Person(person),
        _ => {
            return Err(AdminError::Invalid {
                field: "member",
                why: "give the id or name of a member, or `person` in its place, and not both".to_owned(),
            });
        }
    };
    let new =
        NewApiKey { name: body.name, holder, scopes: body.scopes, standing: body.standing, days: body.expires_in_days };
    let (key, token) = admin.acts.create_key(&tenant.id, &new, &caller.actor()).await?;
    let view = NewKeyView { api_key: token.expose().to_owned(), about: KeyView::from(&key) };
    Ok((StatusCode::CREATED, Json(view)))
}

/// List keys
pub(super) async fn list(
    State(admin): State<AdminState>,
    _caller: Operator,
    Path(tenant): Path<String>,
) -> Result<Json<Rows<KeyView>>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let rows = admin.acts.keys(&tenant.id).await?;
    Ok(Json(Rows::all(rows.iter().map(KeyView::from).collect())))
}

/// Revoke a key
///
/// It stops working within two seconds, on every replica.
pub(super) async fn revoke(
    State(admin): State<AdminState>,
    caller: Operator,
    Path((tenant, id)): Path<(String, String)>,
) -> Result<StatusCode, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let id = KeyId::parse(&id).map_err(|_| AdminError::NotFound("key"))?;
    admin.acts.revoke_key(&tenant.id, &id, &caller.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}
