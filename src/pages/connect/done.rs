//! Signed in and ready: the address, each client, a key where one is needed.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};
use zeroize::Zeroizing;

use super::clients::{ClientView, RecipeView, Route};
use super::error::ConnectError;
use super::mistakes::{Said, sentence};
use super::once::{Envelope, Once, What};
use super::page::DonePage;
use super::passkeys;
use super::push;
use super::state::ConnectState;
use super::typed::{Form, Typed};
use super::view::presets;
use super::visitor::{Visitor, actor};
use crate::domain::preset::Preset;
use crate::domain::scope::Scopes;
use crate::domain::text::visible;
use crate::tenants::{Holder, NewApiKey, TenantError};
use crate::web::form::Fields;

/// The lifetimes of a key to choose from, in days.
const DAYS: [i64; 4] = [7, 30, 90, 365];
const USUAL_DAYS: i64 = 90;

/// What makes a key.
const FORM: Form = Form::new("key", &["name", "preset", "days"]);

/// The page.
pub(super) async fn show(State(state): State<ConnectState>, headers: HeaderMap) -> Result<Response, ConnectError> {
    let visitor = Visitor::of(&state, &headers).await?;
    page(&state, &visitor, StatusCode::OK, Typed::default()).await
}

async fn page(
    state: &ConnectState,
    visitor: &Visitor,
    status: StatusCode,
    typed: Typed,
) -> Result<Response, ConnectError> {
    let member = visitor.signed_in()?;
    let context = state.registry.context(&member.tenant).await?;
    let endpoint = &state.house.endpoint;
    let ceiling = member.ceiling().and(context.tenant.preset.scopes());
    let (mut presets, _) = presets(ceiling, Scopes::read_only().and(ceiling));
    let form = typed.form("key");
    for preset in &mut presets {
        preset.is_chosen = form.chose("preset", preset.word, preset.is_chosen);
    }
    let days = DAYS.map(|days| (days.to_string(), form.chose("days", &days.to_string(), days == USUAL_DAYS)));
    let page = DonePage {
        csrf: visitor.csrf(state),
        member: visible(&member.name),
        tenant: visible(&context.tenant.name),
        accounts: context.names(),
        url: endpoint.url.clone(),
        clients: ClientView::all(endpoint, Route::SignIn),
        recipes: RecipeView::all(endpoint),
        passkeys: state.acts.has_passkeys().then_some(passkeys::NEW),
        may_make_keys: member.manages(),
        owes_push: push::is_owed(state, visitor, member).await?,
        is_fresh: visitor.is_fresh(state),
        presets,
        days: days.into(),
        typed,
    };
    Ok(visitor.answer(state, status, &page))
}

/// Makes an API key for the owner who asks.
pub(super) async fn make_key(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (visitor, fields) = (Visitor::of(&state, &headers).await?, Fields::parse(&body));
    let member = visitor.owner()?;
    visitor.check(&state, &fields)?;
    visitor.fresh(&state)?;
    // What asks for a push makes no key without it, however the form came.
    if push::is_owed(&state, &visitor, member).await? {
        return Ok(Redirect::to("/connect/confirm").into_response());
    }
    let bounds = state.registry.context(&member.tenant).await?.tenant.preset.scopes();
    let preset = fields.text("preset").parse().unwrap_or(Preset::Look);
    let new = NewApiKey {
        name: fields.text("name").to_owned(),
        holder: Holder::Member(member.id.clone()),
        scopes: preset.scopes().and(member.ceiling()).and(bounds),
        standing: Vec::new(),
        days: fields.text("days").parse().ok(),
    };
    let envelope = Envelope::of(&state, member).await?;
    match state.acts.create_key(&member.tenant, &new, &actor(member)).await {
        Ok((_, token)) => {
            let secret = Zeroizing::new(token.expose().to_owned());
            let once = Once { what: What::ApiKey, secret, notices: vec![], next: "/connect/manage".to_owned() };
            envelope.lead(once)
        }
        Err(error) => {
            let field = match &error {
                TenantError::BadText { .. } => "name",
                TenantError::NoScopes => "preset",
                TenantError::BadLifetime { .. } => "days",
                _ => return Err(error.into()),
            };
            let said = Said::field(field, sentence(&error.to_string()));
            page(&state, &visitor, StatusCode::UNPROCESSABLE_ENTITY, FORM.back(&fields, said)).await
        }
    }
}
