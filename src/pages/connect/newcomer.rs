//! "New here": the keys of a Duo account, each mistake at its field.

use std::net::{IpAddr, SocketAddr};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use duo_api::Api;
use http::{HeaderMap, StatusCode};

use super::super::page::answer;
use super::arrive;
use super::error::ConnectError;
use super::mistakes::Said;
use super::page::{ApplicationView, NewPage};
use super::state::ConnectState;
use super::step::Step;
use super::typed::{Form, Typed};
use super::visitor::Visitor;
use crate::config::SelfService;
use crate::tenants::{At, Newcomer, PastedKeys, TenantError, Unwelcome};
use crate::web::form::Fields;
use crate::web::proxy::client_network;

const FORM: Form = Form::new("new", &["tenant", "owner", "host", "auth_ikey", "admin_ikey", "accounts_ikey"]);

/// The form, without a client.
pub(super) async fn show(State(state): State<ConnectState>, headers: HeaderMap) -> Result<Response, ConnectError> {
    let visitor = Visitor::of(&state, &headers).await?;
    if visitor.member().is_some() {
        return Ok(Redirect::to("/connect/done").into_response());
    }
    let page = page(&state, "/connect", visitor.csrf(&state), Typed::default())?;
    Ok(visitor.answer(&state, StatusCode::OK, &page))
}

/// The form, on the way of a client's request.
pub(super) async fn show_asked(
    State(state): State<ConnectState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ConnectError> {
    let step = Step::of(&state, &id, &headers).await?;
    let base = step.path();
    if step.signed_in.is_some() {
        return Ok(Redirect::to(&base).into_response());
    }
    let page = page(&state, &base, step.csrf(&state), Typed::default())?;
    Ok(answer(StatusCode::OK, &page))
}

/// What the form sends, without a client.
pub(super) async fn take(
    State(state): State<ConnectState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (visitor, fields) = Visitor::posted(&state, &headers, &body).await?;
    let address = client_network(peer, &headers, &state.trusted_proxies);
    match welcome(&state, &fields, address, &headers, "/connect/done").await? {
        Outcome::In(response) => Ok(response),
        Outcome::Not(status, said) => {
            let page = page(&state, "/connect", visitor.csrf(&state), FORM.back(&fields, said))?;
            Ok(visitor.answer(&state, status, &page))
        }
    }
}

/// What the form sends, on the way of a client's request.
pub(super) async fn take_asked(
    State(state): State<ConnectState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (step, fields) = Step::posted(&state, &id, &headers, &body).await?;
    let address = client_network(peer, &headers, &state.trusted_proxies);
    let base = step.path();
    match welcome(&state, &fields, address, &headers, &base).await? {
        Outcome::In(response) => Ok(response),
        Outcome::Not(status, said) => {
            let page = page(&state, &base, step.csrf(&state), FORM.back(&fields, said))?;
            Ok(answer(status, &page))
        }
    }
}

enum Outcome {
    In(Response),
    Not(StatusCode, Said),
}

async fn welcome(
    state: &ConnectState,
    fields: &Fields,
    address: IpAddr,
    headers: &HeaderMap,
    next: &str,
) -> Result<Outcome, ConnectError> {
    let is_invited = match state.house.self_service {
        SelfService::Off => return Err(ConnectError::NoSelfService),
        SelfService::Invite => true,
        SelfService::Open => false,
    };
    let keys: Vec<PastedKeys<'_>> = Api::ALL
        .into_iter()
        .map(|api| PastedKeys { api, ikey: fields.text(name(api, "ikey")), skey: fields.text(name(api, "skey")) })
        .filter(|pasted| !pasted.ikey.trim().is_empty() || !pasted.skey.trim().is_empty())
        .collect();
    if keys.is_empty() {
        return Ok(Outcome::Not(StatusCode::UNPROCESSABLE_ENTITY, Said::no_keys()));
    }
    let invite = fields.text("invite");
    let new = Newcomer {
        tenant: fields.text("tenant"),
        owner: fields.text("owner"),
        host: fields.text("host"),
        keys,
        invite: is_invited.then_some(invite),
        address,
    };
    match state.acts.welcome(&new).await {
        Ok(welcomed) => Ok(Outcome::In(arrive::founded(state, welcomed, headers, next).await?)),
        Err(Unwelcome::Mistakes(mistakes)) => {
            let said = Said::of(&mistakes, &state.house.egress, |mistake| Some(field(mistake.at)));
            Ok(Outcome::Not(StatusCode::UNPROCESSABLE_ENTITY, said))
        }
        Err(Unwelcome::Failed(TenantError::TooManyAttempts { retry_after_seconds })) => {
            Ok(Outcome::Not(StatusCode::TOO_MANY_REQUESTS, Said::too_many(retry_after_seconds)))
        }
        Err(Unwelcome::Failed(other)) => Err(other.into()),
    }
}

fn page(state: &ConnectState, base: &str, csrf: String, typed: Typed) -> Result<NewPage, ConnectError> {
    let needs_invite = match state.house.self_service {
        SelfService::Off => return Err(ConnectError::NoSelfService),
        SelfService::Invite => true,
        SelfService::Open => false,
    };
    Ok(NewPage {
        base: base.to_owned(),
        csrf,
        needs_invite,
        typed,
        applications: Api::ALL.map(ApplicationView::new),
        egress: state.house.egress.clone(),
    })
}

/// What a place is called in the form.
fn field(at: At) -> &'static str {
    match at {
        At::Invite => "invite",
        At::Tenant => "tenant",
        At::Owner => "owner",
        At::Host => "host",
        At::IntegrationKey(api) => name(api, "ikey"),
        At::SecretKey(api) => name(api, "skey"),
        At::Application(api) => api.as_str(),
    }
}

/// The name of a field of an application.
pub(super) fn name(api: Api, field: &str) -> &'static str {
    match (api, field) {
        (Api::Auth, "ikey") => "auth_ikey",
        (Api::Auth, _) => "auth_skey",
        (Api::Admin, "ikey") => "admin_ikey",
        (Api::Admin, _) => "admin_skey",
        (Api::Accounts, "ikey") => "accounts_ikey",
        (Api::Accounts, _) => "accounts_skey",
    }
}
