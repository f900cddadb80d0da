//! What is asked, shown to the person who decides; and the two answers.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::super::page::answer;
use super::error::ConnectError;
use super::page::ConsentPage;
use super::push::{self, Occasion};
use super::sign_in;
use super::state::ConnectState;
use super::step::{SignedIn, Step};
use super::typed::Typed;
use super::view::{AskedView, presets, scopes};
use crate::domain::authorization::Transaction;
use crate::domain::preset::Preset;
use crate::domain::redirect::RedirectUri;
use crate::domain::scope::{Scope, Scopes};
use crate::domain::text::visible;
use crate::grants::{GrantError, Yes};

/// The lifetimes to choose from, in days.
const DAYS: [u32; 5] = [1, 7, 30, 90, 365];

/// Where the request stands: who is not signed in signs in first.
pub(super) async fn show(
    State(state): State<ConnectState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ConnectError> {
    let step = Step::of(&state, &id, &headers).await?;
    if let Some(decided) = step.open.decided {
        return Err(if decided.yes { ConnectError::Answered } else { ConnectError::Over });
    }
    match &step.signed_in {
        None => Ok(sign_in::page(&state, &step, StatusCode::OK, Typed::default())),
        Some(signed_in) => {
            let occasion = Occasion::of_request(&state, &step, &signed_in.member);
            if let Some(owed) = push::owed(&state, &signed_in.member, occasion).await? {
                return Ok(leading_back(owed.page(&state, StatusCode::OK), &step.open.request.redirect));
            }
            let offered = offered(&state, signed_in).await?;
            let asked = &step.open.request.scopes;
            let asked = if asked.is_empty() { Scopes::read_only() } else { *asked };
            let said = Said { scopes: asked.and(offered), days: usual(&state), problem: None };
            page(&state, &step, signed_in, offered, said).await
        }
    }
}

/// What the form shows as chosen, and what was wrong with it.
struct Said {
    scopes: Scopes,
    days: u32,
    problem: Option<&'static str>,
}

/// What this member can grant now: what the member may have, and of that what some stored credential can serve.
async fn offered(state: &ConnectState, signed_in: &SignedIn) -> Result<Scopes, ConnectError> {
    // Of a tenant that is suspended, or was deleted meanwhile, nothing: that is the error.
    let context = state.registry.context(&signed_in.member.tenant).await?;
    let has_accounts = context.opens().accounts;
    let served: Scopes = Scope::ALL.into_iter().filter(|scope| *scope != Scope::Accounts || has_accounts).collect();
    Ok(signed_in.member.ceiling().and(context.tenant.preset.scopes()).and(served))
}

/// The lifetime that is chosen when nobody chose.
fn usual(state: &ConnectState) -> u32 {
    state.requests.longest_days().min(90)
}

async fn page(
    state: &ConnectState,
    step: &Step,
    signed_in: &SignedIn,
    offered: Scopes,
    said: Said,
) -> Result<Response, ConnectError> {
    let (member, request) = (&signed_in.member, &step.open.request);
    let context = state.registry.context(&member.tenant).await?;
    let longest = state.requests.longest_days();
    let mut days: Vec<u32> = DAYS.into_iter().filter(|days| *days <= longest).collect();
    if !days.contains(&longest) {
        days.push(longest);
    }
    let (presets, own_choice) = presets(offered, said.scopes);
    let page = ConsentPage {
        id: step.id.clone(),
        csrf: step.csrf(state),
        asked: AskedView::new(request),
        member: visible(&member.name),
        role: member.role.as_str(),
        tenant: visible(&context.tenant.name),
        accounts: context.names(),
        presets,
        own_choice,
        scopes: scopes(offered, said.scopes),
        days: days.into_iter().map(|each| (each, each == said.days)).collect(),
        problem: said.problem,
    };
    let status = if said.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(leading_back(answer(status, &page), &request.redirect))
}

/// A page with a form whose answer leads to the client: a browser holds that to the policy of the page.
pub(super) fn leading_back(mut page: Response, redirect: &RedirectUri) -> Response {
    if let Ok(policy) = HeaderValue::try_from(policy(redirect)) {
        page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    page
}

/// The usual policy, and that the form's answer may lead to the client.
fn policy(redirect: &RedirectUri) -> String {
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self' {}; base-uri 'none'; \
         frame-ancestors 'none'",
        redirect.form_target()
    )
}

/// Yes.
pub(super) async fn approve(
    State(state): State<ConnectState>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (step, fields) = Step::posted(&state, &id, &headers, &body).await?;
    let Some(signed_in) = &step.signed_in else { return Err(ConnectError::ForeignForm) };
    // What asks for a push connects nothing without it, however the form came.
    let occasion = Occasion::of_request(&state, &step, &signed_in.member);
    if push::owed(&state, &signed_in.member, occasion).await?.is_some() {
        return Ok(Redirect::to(&step.path()).into_response());
    }
    let member = &signed_in.member;
    let offered = offered(&state, signed_in).await?;
    let preset = fields.text("preset").parse::<Preset>().ok();
    let chosen: Scopes = match preset {
        Some(preset) => preset.scopes().and(offered),
        None => fields.all("scope").filter_map(|word| word.parse::<Scope>().ok()).collect(),
    };
    let days = fields.text("days").parse().unwrap_or_else(|_| usual(&state));
    match state.requests.consent(step.ticket(), member, Yes { scopes: chosen.and(offered), days }).await {
        Ok((code, open)) => Ok(back(&state, &open, &[("code", code.expose())])),
        Err(GrantError::Nothing) => {
            let problem = Some("Tick at least one thing that the application may do, or say no.");
            page(&state, &step, signed_in, offered, Said { scopes: Scopes::default(), days, problem }).await
        }
        Err(GrantError::Over) if step.open.decided.is_some_and(|decided| decided.yes) => Err(ConnectError::Answered),
        Err(error) => Err(error.into()),
    }
}

/// No.
pub(super) async fn deny(
    State(state): State<ConnectState>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let (step, _) = Step::posted(&state, &id, &headers, &body).await?;
    let member = step.signed_in.as_ref().map(|signed_in| &signed_in.member);
    let open = state.requests.deny(step.ticket(), member).await?;
    Ok(back(&state, &open, &[("error", "access_denied"), ("error_description", "The person said no.")]))
}

/// Back to the client, with who answers (RFC 9207). 303, so that what was posted here is not posted there.
fn back(state: &ConnectState, open: &Transaction, said: &[(&str, &str)]) -> Response {
    let mut parameters = said.to_vec();
    parameters.extend(open.request.state.as_deref().map(|text| ("state", text)));
    parameters.push(("iss", &state.origin));
    match HeaderValue::try_from(open.request.redirect.with(&parameters)) {
        Ok(location) => (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(),
        Err(_) => ConnectError::Over.into_response(),
    }
}
