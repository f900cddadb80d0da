//! Duo credentials over REST: they go in and never come out.

use axum::Json;
use axum::extract::{Path, State};
use duo_api::{Api, SignatureVersion};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::body::Body;
use super::error::AdminError;
use super::operator::Operator;
use super::paging::Rows;
use super::params::Params;
use super::state::AdminState;
use super::view::CredentialView;
use crate::tenants::{NewCredential, Verify};

/// A credential's keys, as Duo's Admin Panel shows them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PutCredential {
    /// The integration key (client id).
    ikey: String,
    /// The secret key (client secret).
    #[schemars(with = "String")]
    skey: Zeroizing<String>,
    /// How requests are signed: `v5` (the usual), `v2_sha512` or `v2_sha1`.
    signature: Option<String>,
}

/// Whether Duo is asked before the credential is stored.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    /// `now` (the usual) or `later`.
    verify: Option<String>,
}

/// Store a credential
///
/// Duo is asked first, unless `verify=later`: then it is stored unverified, of no use until it is verified.
pub(super) async fn put(
    State(admin): State<AdminState>,
    caller: Operator,
    Path((tenant, connection, api)): Path<(String, String, String)>,
    Params(when): Params<When>,
    Body(body): Body<PutCredential>,
) -> Result<Json<CredentialView>, AdminError> {
    let verify = match when.verify.as_deref() {
        None | Some("now") => Verify::Now,
        Some("later") => Verify::Later,
        Some(_) => return Err(AdminError::BadParameter { name: "verify", expected: "`now` or `later`" }),
    };
    let signature = match body.signature.as_deref() {
        None => SignatureVersion::default(),
        Some(text) => SignatureVersion::parse(text).ok_or_else(|| AdminError::Invalid {
            field: "signature",
            why: "it is `v5`, `v2_sha512` or `v2_sha1`".to_owned(),
        })?,
    };
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let new = NewCredential { api: api_of(&api)?, ikey: &body.ikey, skey: &body.skey, signature, verify };
    let stored = admin.acts.put_credential(&tenant.id, &connection, new, &caller.actor()).await?;
    Ok(Json(CredentialView::from(stored)))
}

/// Check a stored credential against Duo now
pub(super) async fn verify(
    State(admin): State<AdminState>,
    caller: Operator,
    Path((tenant, connection, api)): Path<(String, String, String)>,
) -> Result<Json<CredentialView>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let checked = admin.acts.verify_credential(&tenant.id, &connection, api_of(&api)?, &caller.actor()).await?;
    Ok(Json(CredentialView::from(checked)))
}

/// List a connection's credentials
pub(super) async fn list(
    State(admin): State<AdminState>,
    _caller: Operator,
    Path((tenant, connection)): Path<(String, String)>,
) -> Result<Json<Rows<CredentialView>>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let connection = admin.acts.connection(&tenant.id, &connection).await?;
    let rows = admin.store.credentials.list(&tenant.id).await?;
    let own = rows.iter().filter(|credential| credential.connection == connection.id);
    Ok(Json(Rows::all(own.map(CredentialView::from).collect())))
}

/// Look at a credential; its keys are not shown
pub(super) async fn show(
    State(admin): State<AdminState>,
    _caller: Operator,
    Path((tenant, connection, api)): Path<(String, String, String)>,
) -> Result<Json<CredentialView>, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    let connection = admin.acts.connection(&tenant.id, &connection).await?;
    let found = admin.store.credentials.find(&tenant.id, &connection.id, api_of(&api)?).await?;
    Ok(Json(CredentialView::from(&found.ok_or(AdminError::NotFound("credential"))?)))
}

/// Delete a credential
pub(super) async fn delete(
    State(admin): State<AdminState>,
    caller: Operator,
    Path((tenant, connection, api)): Path<(String, String, String)>,
) -> Result<StatusCode, AdminError> {
    let tenant = admin.acts.find_tenant(&tenant).await?;
    admin.acts.delete_credential(&tenant.id, &connection, api_of(&api)?, &caller.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn api_of(text: &str) -> Result<Api, AdminError> {
    Api::ALL.into_iter().find(|api| api.as_str() == text).ok_or(AdminError::NotFound("credential"))
}
