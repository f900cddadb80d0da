//! Identities at other providers over REST: linked to members.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;

use super::body::Body;
use super::error::AdminError;
use super::operator::Operator;
use super::state::AdminState;
use super::view::GrantView;
use crate::domain::scope::Scopes;
use crate::tenants::NewIdentity;

/// An identity to link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkIdentity {
    /// The provider's issuer, letter for letter as its tokens name it.
    issuer: String,
    /// The value of the provider's claim (`sub`, unless the settings name another), letter for letter.
    value: String,
    /// What its access tokens may be used for at most; left out, all that the member may do. On the pages, where
    /// `sign_in.oidc` is that provider, it bounds nothing: there the person is the member with the whole role.
    scopes: Option<Scopes>,
    /// How many days the link lasts; a year when left out.
    days: Option<i64>,
}

/// Link an identity
///
/// The provider's access tokens then open what the member may do within the scopes. Where `sign_in.oidc` is that provider,
/// the person also signs in on the pages as the member, with the whole role whatever the scopes are. The answer is a grant,
/// and is taken back as one.
pub(super) async fn link(
    State(admin): State<AdminState>,
    caller: Operator,
    Path((tenant, member)): Path<(String, String)>,
    Body(body): Body<LinkIdentity>,
) -> Result<(StatusCode, Json<GrantView>), AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let member = admin.acts.find_member(&tenant.id, &member).await?;
    let LinkIdentity { issuer, value, scopes, days } = body;
    let new = NewIdentity { issuer, value, scopes: scopes.unwrap_or_else(Scopes::all), days };
    let grant = admin.acts.link_identity(&tenant.id, &member.id, &new, &caller.actor()).await?;
    Ok((StatusCode::CREATED, Json(GrantView::new(&grant, &member.name, admin.clock.now()))))
}
