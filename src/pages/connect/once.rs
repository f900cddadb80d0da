//! The page that shows a secret once, and how the secret gets there.
//!
//! It is carried by the browser, sealed, in a cookie that opens for its member alone and is taken away when it is shown:
//! no address has it, and no replica keeps it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::clients::{ClientView, Route};
use super::error::ConnectError;
use super::page::{GonePage, KeyPage};
use super::state::ConnectState;
use super::visitor::Visitor;
use crate::domain::connection::Sealed;
use crate::domain::member::Member;
use crate::tenants::TenantContext;
use crate::vault::Place;

/// How long a browser may carry it.
const SECONDS: u16 = 10 * 60;

/// What a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::pages) enum What {
    OwnerKey,
    MemberKey,
    ApiKey,
    Invite,
}

impl What {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::OwnerKey => "Your owner key",
            Self::MemberKey => "The member's owner key",
            Self::ApiKey => "The API key",
            Self::Invite => "The invite",
        }
    }
}

/// A secret on its way to the page that shows it. It has no `Debug`.
#[derive(Serialize, Deserialize)]
pub(in crate::pages) struct Once {
    pub(in crate::pages) what: What,
    pub(in crate::pages) secret: Zeroizing<String>,
    /// What else is to be said.
    pub(in crate::pages) notices: Vec<String>,
    /// Where it goes on.
    pub(in crate::pages) next: String,
}

#[derive(Serialize, Deserialize)]
struct Carried {
    until: i64,
    once: Once,
}

/// What a secret for a member will be carried in. Whoever makes the secret has this first: it needs the database, and a
/// secret that was kept and cannot be shown is of use to nobody.
pub(in crate::pages) struct Envelope<'a> {
    state: &'a ConnectState,
    member: &'a Member,
    context: Arc<TenantContext>,
}

impl<'a> Envelope<'a> {
    pub(in crate::pages) async fn of(state: &'a ConnectState, member: &'a Member) -> Result<Self, ConnectError> {
        Ok(Self { state, member, context: state.registry.context(&member.tenant).await? })
    }

    /// Leads to the page that shows the secret.
    pub(in crate::pages) fn lead(self, once: Once) -> Result<Response, ConnectError> {
        let Self { state, member, context } = self;
        let carried = Carried { until: state.clock.now().seconds() + i64::from(SECONDS), once };
        // Texts and a number: nothing that JSON could refuse.
        let plain = Zeroizing::new(serde_json::to_vec(&carried).unwrap_or_default());
        let Sealed(sealed) = state.vault.seal(&context.data_key, place(member), &plain)?;
        let mut response = Redirect::to("/connect/key").into_response();
        if let Some(cookie) = state.once.set(&sealed, u64::from(SECONDS)) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }
}

/// Shows what the browser carries, and takes it away.
pub(super) async fn show(State(state): State<ConnectState>, headers: HeaderMap) -> Result<Response, ConnectError> {
    let visitor = Visitor::of(&state, &headers).await?;
    let member = visitor.signed_in()?;
    let Some(once) = open(&state, member, &headers).await? else {
        return Ok(visitor.answer(&state, StatusCode::GONE, &GonePage {}));
    };
    let clients = match once.what {
        What::ApiKey => ClientView::all(&state.house.endpoint.clone().with_key(&once.secret), Route::Key),
        What::OwnerKey | What::MemberKey | What::Invite => Vec::new(),
    };
    let page = KeyPage {
        what: once.what,
        secret: &once.secret,
        notices: &once.notices,
        url: &state.house.endpoint.keys_url,
        origin: state.house.endpoint.origin(),
        clients,
        next: &once.next,
    };
    let mut response = visitor.answer(&state, StatusCode::OK, &page);
    if let Some(cookie) = state.once.clear() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn open(state: &ConnectState, member: &Member, headers: &HeaderMap) -> Result<Option<Once>, ConnectError> {
    let Some(carried) = state.once.read(headers) else { return Ok(None) };
    let context = state.registry.context(&member.tenant).await?;
    let sealed = Sealed(carried.to_owned());
    let Ok(plain) = state.vault.open(&context.data_key, place(member), &sealed) else { return Ok(None) };
    let carried: Option<Carried> = serde_json::from_slice(&plain).ok();
    Ok(carried.filter(|carried| state.clock.now().seconds() < carried.until).map(|carried| carried.once))
}

fn place(member: &Member) -> Place<'_> {
    Place { tenant: &member.tenant, owner: member.id.as_str(), field: "once", version: 1 }
}
