//! Sign-in for AI clients, made from parts and settings.

use std::sync::Arc;

use axum::Router;

use super::duo;
use super::error::BootError;
use super::oidc;
use super::parts::Parts;
use crate::calls::Calls;
use crate::clients::Endpoint;
use crate::config::{ClientDocuments, Settings};
use crate::domain::resource;
use crate::grants::{ClientParts, Clients, Exchange, Requests};
use crate::mcp::Door;
use crate::oauth::{self, OauthParts, OauthState};
use crate::pages::connect::{self, ConnectParts, ConnectState, House, Landing};
use crate::web::cookie::CookieRule;
use crate::web::csrf::Csrf;

/// The routes of a sign-in: what any page may call, and what a browser is led through.
pub(super) struct SignIn {
    pub(super) open: Router,
    pub(super) pages: Router,
}

/// The door that the public listener is.
pub(super) fn door(settings: &Settings) -> Door {
    if !settings.oauth.enabled {
        return Door::Keys;
    }
    let origin = settings.server.public.origin();
    Door::People {
        resource: resource::canonical(&origin),
        metadata: format!("{origin}/.well-known/oauth-protected-resource/mcp"),
    }
}

/// The sign-in, unless it is switched off.
pub(super) fn sign_in(parts: &Parts, calls: &Calls, settings: &Settings) -> Result<Option<SignIn>, BootError> {
    if !settings.oauth.enabled {
        return Ok(None);
    }
    let (origin, oauth) = (settings.server.public.origin(), settings.oauth.clone());
    let house = || Arc::clone(&parts.keyring.house);
    let (clock, random, store) = (parts.clock.clone(), parts.random.clone(), parts.store.clone());
    let clients = Clients::new(ClientParts {
        store: store.oauth_clients.clone(),
        house: house(),
        clock: clock.clone(),
        random: random.clone(),
        settings: oauth.clone(),
        origins: [Some(origin.clone()), settings.server.keys.origin(), Some(settings.server.admin.origin())]
            .into_iter()
            .flatten()
            .collect(),
        overrides: duo::documents(settings)?,
    })?;
    let requests = Requests::new(store.authorizations.clone(), house(), clock.clone(), random.clone(), oauth.clone());
    let bounds = (oauth.clone(), origin.clone());
    let exchange = Exchange::new(store.clone(), clients.clone(), house(), clock.clone(), random.clone(), bounds);
    let browser = CookieRule::lax("duo_mcp_browser", settings.server.public.is_https());
    let trusted_proxies = settings.server.trusted_proxies.clone();
    let state = OauthState::new(OauthParts {
        clients,
        requests: requests.clone(),
        exchange,
        clock: clock.clone(),
        random: random.clone(),
        origin: origin.clone(),
        registration: oauth.registration,
        documents: oauth.documents != ClientDocuments::Off,
        browser: browser.clone(),
        trusted_proxies: trusted_proxies.clone(),
    });
    let pages = connect::router(ConnectState::new(ConnectParts {
        acts: parts.acts.clone(),
        registry: parts.registry.clone(),
        requests,
        calls: calls.clone(),
        store,
        vault: Arc::clone(&parts.keyring.vault),
        approvals: Arc::clone(&parts.approvals),
        clock,
        random,
        csrf: Csrf::new(*parts.keyring.house.csrf()),
        origin,
        house: house_words(settings),
        browser,
        provider: oidc::door(parts, settings)?,
        trusted_proxies,
    }));
    Ok(Some(SignIn { open: oauth::open(state.clone()), pages: oauth::entrance(state).merge(pages) }))
}

/// What the pages say of this gateway.
fn house_words(settings: &Settings) -> House {
    let egress = settings.net.egress_addresses.iter().map(ToString::to_string).collect();
    House { endpoint: endpoint(settings), self_service: settings.self_service, egress }
}

/// Where clients find this gateway.
fn endpoint(settings: &Settings) -> Endpoint {
    let url = format!("{}/mcp", settings.server.public.origin());
    let keys_url = settings.server.keys.origin().map_or_else(|| url.clone(), |origin| format!("{origin}/mcp"));
    Endpoint::new(&url, &keys_url)
}

/// What the landing page says.
pub(super) fn landing(settings: &Settings) -> Landing {
    let (sign_in, self_service) = (settings.oauth.enabled, settings.self_service);
    Landing { endpoint: endpoint(settings), sign_in, self_service }
}
