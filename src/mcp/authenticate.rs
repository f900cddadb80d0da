//! Who calls: from the presented key to a caller, before the body is read.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::body::look;
use super::challenge::unauthorized;
use super::state::{Door, McpState};
use crate::domain::actor::{Caller, Means};
use crate::grants::NotIdentified;
use crate::tenants::{Refused, TenantContext, Why};
use crate::tools::catalog::Choice;
use crate::web::bearer::{BearerError, presented};
use crate::web::problem::Problem;
use crate::web::proxy::client_network;

/// Who a request is from, and which tools it asks for.
#[derive(Clone)]
pub(super) struct Visitor {
    pub(super) caller: Caller,
    /// `None` while the tenant is suspended.
    pub(super) context: Option<Arc<TenantContext>>,
    pub(super) choice: Choice,
}

/// Lets in who shows a good key and a message that can be one; everything else is answered here.
pub(super) async fn authenticate(State(state): State<Arc<McpState>>, mut request: Request, next: Next) -> Response {
    let key = match presented(request.headers()) {
        Ok(key) => key,
        Err(BearerError::Missing) => return unauthorized(&state.door, None),
        Err(error) => {
            return Problem::new(StatusCode::BAD_REQUEST, "bad_credentials", "The credentials cannot be read")
                .with_detail(error.to_string())
                .into_response();
        }
    };
    let asks = state.registry.has_to_ask(key.expose()).then(|| network(&state, &request)).flatten();
    // Whoever guesses a lot has the database left in peace; keys that are known go on.
    if let Some(Err(often)) = asks.map(|from| state.guesses.spent(&from, state.clock.now())) {
        return too_often(often.retry_after_seconds);
    }
    let (caller, context) = match who(&state, key.expose()).await {
        Ok((caller, context)) => (caller, Some(context)),
        Err(NoCaller::Refused(Refused::Suspended(caller))) => (*caller, None),
        Err(NoCaller::Refused(Refused::Unauthorized(why))) => {
            if let (Why::Unknown, Some(from)) = (why, asks) {
                state.guesses.count(from, state.clock.now());
            }
            return unauthorized(&state.door, Some(why.to_string()));
        }
        Err(NoCaller::Refused(Refused::CannotCheck(cause))) => {
            tracing::warn!(cause = ?cause.map(|error| error.to_string()), "keys cannot be checked");
            return cannot_check("The gateway's database is away. Try again in a moment; the key is not at fault.");
        }
        Err(NoCaller::NotIdentified(NotIdentified::Refused(why))) => {
            return unauthorized(&state.door, Some(why.to_owned()));
        }
        Err(NoCaller::NotIdentified(NotIdentified::CannotCheck)) => {
            return cannot_check("The identity provider is away. Try again in a moment; the token is not at fault.");
        }
    };
    if let Some(why) = turned_away(&state.door, &caller) {
        return unauthorized(&state.door, Some(why.to_owned()));
    }
    if let Err(often) = state.rate.check(caller.id_text().to_owned(), state.clock.now()) {
        return too_often(often.retry_after_seconds);
    }
    let choice = match chosen(request.uri().query().unwrap_or_default()) {
        Ok(choice) => choice,
        Err(detail) => {
            return Problem::new(StatusCode::BAD_REQUEST, "bad_query", "The address asks for something unknown")
                .with_detail(detail)
                .into_response();
        }
    };
    let Some(_turn) = state.turns.take(&caller.tenant).await else { return too_often(1) };
    request.extensions_mut().insert(Visitor { caller, context, choice });
    match look(&state, request).await {
        Ok(request) => next.run(request).await,
        Err(refused) => *refused,
    }
}

/// The network that a request comes from.
fn network(state: &McpState, request: &Request) -> Option<IpAddr> {
    let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    Some(client_network(*peer, request.headers(), &state.trusted_proxies))
}

/// Why nobody is let in.
enum NoCaller {
    Refused(Refused),
    NotIdentified(NotIdentified),
}

/// Who shows this credential.
async fn who(state: &McpState, presented: &str) -> Result<(Caller, Arc<TenantContext>), NoCaller> {
    match by_provider(state, presented).await {
        Some(found) => found,
        None => state.registry.caller(presented).await.map_err(NoCaller::Refused),
    }
}

/// Who shows a token of an identity provider; `None` when the credential is none, or this door takes none.
async fn by_provider(state: &McpState, presented: &str) -> Option<Result<(Caller, Arc<TenantContext>), NoCaller>> {
    let Door::People { resource, .. } = &state.door else { return None };
    if !state.providers.may_know(presented) {
        return None;
    }
    let identity = match state.providers.identify(presented, resource).await {
        Ok(identity) => identity,
        Err(error) => return Some(Err(NoCaller::NotIdentified(error))),
    };
    let who = (identity.issuer.as_str(), identity.value.as_str());
    Some(state.registry.identified(who, identity.scopes, resource).await.map_err(NoCaller::Refused))
}

fn cannot_check(detail: &'static str) -> Response {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "cannot_check", "Keys cannot be checked now")
        .with_detail(detail)
        .with_retry_after(2)
        .into_response()
}

/// Why a caller may not come in by this door.
fn turned_away(door: &Door, caller: &Caller) -> Option<&'static str> {
    match (&caller.by, door) {
        (Means::Key(_), _) => None,
        (Means::Grant(_), Door::Keys) => Some("this door takes API keys alone"),
        (Means::Grant(grant), Door::People { resource, .. }) => {
            (grant.resource != *resource).then_some("this token is for another resource")
        }
    }
}

fn too_often(seconds: u64) -> Response {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too many requests")
        .with_detail(format!("Try again in {seconds} s."))
        .with_retry_after(seconds)
        .into_response()
}

/// The tools that the address asks for: `?toolsets=a,b` and `?readonly=true`.
fn chosen(query: &str) -> Result<Choice, String> {
    let (mut toolsets, mut read_only) = (None, false);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (name, value) {
            ("toolsets", value) => toolsets = Some(value.replace("%2C", ",").replace("%2c", ",")),
            ("readonly", "true" | "1" | "") => read_only = true,
            ("readonly", "false" | "0") => {}
            ("readonly", _) => return Err("readonly is true or false".into()),
            (other, _) => {
                let other = crate::tools::shape::clean_text(other, 40);
                return Err(format!("`{other}` is not known; the address takes toolsets and readonly"));
            }
        }
    }
    Choice::parse(toolsets.as_deref(), read_only).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::catalog::find;

    #[test]
    fn the_address_chooses_and_looking_only_wins() {
        let trash = find("trash_users").unwrap();
        assert!(chosen("").unwrap().has(trash));
        assert!(!chosen("toolsets=default,users&readonly=true").unwrap().has(trash));
        assert!(chosen("toolsets=users").unwrap().has(trash));
        assert!(!chosen("toolsets=auth").unwrap().has(trash));
        assert!(chosen("toolsets=everything").is_err());
        assert!(chosen("token=abc").is_err());
    }
}
