//! Keys of a Duo application, added or put in place of older ones.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use duo_api::SignatureVersion;
use http::HeaderMap;

use super::super::error::ConnectError;
use super::super::mistakes::Said;
use super::super::state::ConnectState;
use super::super::visitor::{Visitor, actor};
use super::forms::{self, CREDENTIALS};
use crate::domain::actor::Actor;
use crate::domain::connection::{Api, AuthDefaults};
use crate::domain::member::Member;
use crate::tenants::{At, Mistake, NewConnection, NewCredential, TenantError, Verify};
use crate::web::form::Fields;

/// Checks and keeps the keys. A connection of a new name is made with them, and goes again when Duo does not take them.
pub(super) async fn put(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (visitor, fields) = (Visitor::of(&state, &headers).await?, Fields::parse(&body));
    let owner = visitor.owner()?;
    visitor.check(&state, &fields)?;
    visitor.fresh(&state)?;
    let api = Api::ALL.into_iter().find(|api| api.as_str() == fields.text("api")).ok_or(ConnectError::NotFound)?;
    match keep(&state, owner, api, &fields).await {
        Ok(()) => Ok(Redirect::to("/connect/manage?done=kept").into_response()),
        Err(error) => {
            let said = match Mistake::of(api, error) {
                Ok(mistake) => Said::of(&[mistake], &state.house.egress, |mistake| field(mistake, &fields)),
                Err(other) => forms::said(&CREDENTIALS, other)?,
            };
            forms::back(&state, &visitor, (&CREDENTIALS, &fields), said).await
        }
    }
}

/// What a place is called in the form. The hostname that nothing answers at is typed for a new account alone.
fn field(mistake: &Mistake, fields: &Fields) -> Option<&'static str> {
    match mistake.at {
        At::Host if fields.text("host").is_empty() => Some("connection"),
        At::Host => Some("host"),
        At::IntegrationKey(_) => Some("ikey"),
        At::SecretKey(_) => Some("skey"),
        // Swapped: that is not the application's fault.
        At::Application(_) if matches!(mistake.why, TenantError::BadKeys(_)) => Some("ikey"),
        At::Application(_) => Some("api"),
        At::Invite | At::Tenant | At::Owner => None,
    }
}

async fn keep(state: &ConnectState, owner: &Member, api: Api, fields: &Fields) -> Result<(), TenantError> {
    let (tenant, by) = (&owner.tenant, actor(owner));
    let name = fields.text("connection").trim().to_owned();
    let is_new = match state.acts.connection(tenant, &name).await {
        Ok(_) => false,
        Err(TenantError::NoSuchConnection { .. }) => true,
        Err(error) => return Err(error),
    };
    if is_new {
        let host = fields.text("host").to_owned();
        let new = NewConnection { name: name.clone(), label: None, host, defaults: AuthDefaults::default() };
        state.acts.put_connection(tenant, &new, &by).await?;
    }
    let (ikey, skey) = (fields.text("ikey"), fields.text("skey"));
    let new = NewCredential { api, ikey, skey, signature: SignatureVersion::default(), verify: Verify::Now };
    let outcome = state.acts.put_credential(tenant, &name, new, &by).await.map(|_| ());
    if outcome.is_err() && is_new {
        forget(state, owner, &name, &by).await?;
    }
    outcome
}

async fn forget(state: &ConnectState, owner: &Member, name: &str, by: &Actor) -> Result<(), TenantError> {
    state.acts.delete_connection(&owner.tenant, name, by).await
}
