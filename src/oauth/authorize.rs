//! `/authorize`: what a client asks is checked, kept, and handed to the pages.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Extension, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::error::Shown;
use super::metadata::OFFLINE;
use super::state::OauthState;
use crate::domain::authorization::AuthorizationRequest;
use crate::domain::redirect::RedirectUri;
use crate::domain::resource;
use crate::domain::scope::{Scope, Scopes};
use crate::web::form::Fields;
use crate::web::proxy::client_network;

/// The longest state that is carried.
const LONGEST_STATE: usize = 1_024;
/// How long a browser keeps its secret: as long as a request may be open, and the answer be looked at.
const BROWSER_SECONDS: u64 = 20 * 60;

/// Begins an authorization.
pub(super) async fn authorize(
    State(state): State<OauthState>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Shown> {
    let address = client_network(peer, &headers, &state.trusted_proxies);
    if state.begun.check(address, state.clock.now()).is_err() {
        return Err(Shown::too_many());
    }
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    // Who asks, and where the browser may be sent: until both are certain, nothing is sent anywhere.
    let one = |name| fields.one(name).map_err(|_| Shown::bad_request(format!("The request names {name} twice.")));
    let Some(client_id) = one("client_id")? else {
        return Err(Shown::bad_request("The request does not say which application it is from."));
    };
    let client = state.clients.find(client_id, address).await?;
    let asked = match one("redirect_uri")? {
        Some(text) => RedirectUri::parse(text).ok(),
        // Only where there is no choice.
        None => {
            Some(client.metadata.redirects.clone()).filter(|all| all.len() == 1).and_then(|all| all.into_iter().next())
        }
    };
    let Some(redirect) = asked.filter(|asked| client.metadata.admits(asked)) else {
        return Err(Shown::bad_request(
            "The address to which the application wants you sent back is not one that it has registered.",
        ));
    };
    // From here on the client hears what is wrong, at its own address.
    let request = match read(&state, &fields) {
        Ok(read) => AuthorizationRequest {
            client: client.id.clone(),
            client_name: client.metadata.name.clone(),
            refreshes: client.metadata.refreshes || read.offline,
            challenge: read.challenge,
            resource: read.resource,
            scopes: read.scopes,
            state: read.state,
            redirect,
        },
        Err((code, why)) => {
            let client_state = fields.one("state").ok().flatten().filter(|text| text.len() <= LONGEST_STATE);
            return Ok(sent_back(&state, &redirect, code, why, client_state));
        }
    };
    let kept = state.browser.read(&headers).filter(|secret| is_secret(secret)).map(str::to_owned);
    let browser = match kept {
        Some(secret) => secret,
        None => state.random.base62::<32>().map_err(crate::grants::GrantError::from)?,
    };
    let id = state.requests.begin(&request, &browser).await?;
    let mut response = see_other(&format!("/connect/{id}"));
    if let Some(cookie) = state.browser.set(&browser, BROWSER_SECONDS) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

struct Read {
    challenge: String,
    resource: String,
    scopes: Scopes,
    offline: bool,
    state: Option<String>,
}

/// The rest of a request, in the order in which it is refused.
fn read(state: &OauthState, fields: &Fields) -> Result<Read, (&'static str, &'static str)> {
    let invalid = "invalid_request";
    let one = |name| fields.one(name).map_err(|_| (invalid, "a parameter is there twice"));
    match one("response_type")? {
        Some("code") => {}
        Some(_) => return Err(("unsupported_response_type", "response_type is code")),
        None => return Err((invalid, "response_type is needed")),
    }
    let challenge = one("code_challenge")?.ok_or((invalid, "code_challenge is needed (PKCE)"))?;
    if one("code_challenge_method")? != Some("S256") {
        return Err((invalid, "code_challenge_method is S256"));
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if !(43..=128).contains(&challenge.len()) || !challenge.bytes().all(is_plain) {
        return Err((invalid, "code_challenge has 43 to 128 letters, digits, -, ., _ or ~"));
    }
    // RFC 8707 allows several; each has to be ours, and then they are the same.
    let mut meant = resource::canonical(&state.origin);
    for given in fields.all("resource") {
        let target = resource::meant(Some(given), &state.origin);
        meant = target.map_err(|_| ("invalid_target", "the resource is not this gateway's"))?;
    }
    let (mut scopes, mut offline) = (Vec::new(), false);
    for word in one("scope")?.unwrap_or_default().split_whitespace() {
        match word.parse::<Scope>() {
            Ok(scope) => scopes.push(scope),
            Err(_) if word == OFFLINE => offline = true,
            Err(_) => return Err(("invalid_scope", "a scope is not known")),
        }
    }
    let client_state = one("state")?;
    if client_state.is_some_and(|text| text.len() > LONGEST_STATE) {
        return Err((invalid, "state has at most 1024 bytes"));
    }
    Ok(Read {
        challenge: challenge.to_owned(),
        resource: meant,
        scopes: scopes.into_iter().collect(),
        offline,
        state: client_state.map(str::to_owned),
    })
}

/// Tells the client at its own address what is wrong, and who says so (RFC 9207).
fn sent_back(
    state: &OauthState,
    redirect: &RedirectUri,
    code: &str,
    why: &str,
    client_state: Option<&str>,
) -> Response {
    let mut parameters = vec![("error", code), ("error_description", why)];
    parameters.extend(client_state.map(|text| ("state", text)));
    parameters.push(("iss", &state.origin));
    see_other(&redirect.with(&parameters))
}

fn see_other(to: &str) -> Response {
    match HeaderValue::try_from(to) {
        Ok(location) => (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(),
        Err(_) => Shown::bad_request("The address to be sent back to cannot be written.").into_response(),
    }
}

/// A secret as this gateway draws them for browsers.
fn is_secret(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
