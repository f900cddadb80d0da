//! A provider that says what it is told to, and a browser on its way there.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use duo_mcp_gateway::config::{OidcSettings, Settings};
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::ids::{GrantId, MemberId};
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::domain::scope::Scopes;
use duo_mcp_gateway::domain::tenant::Tenant;
use duo_mcp_gateway::tenants::NewIdentity;
use reqwest::Url;
use ring::signature::EcdsaKeyPair;
use serde_json::{Value, json};

use super::super::person::{Browser, csrf, query};
use super::super::providers::{KID, issuer, jwk, new_key, signed};
use super::super::server::{Answer, DocumentServer, NAME};
use crate::support::client::Reply;
use crate::support::gateway::Gateway;

pub(super) const CLIENT: &str = "gateway client";
pub(super) const SECRET: &str = "canary secret%of the client";
pub(super) const DISCOVERY: &str = "/.well-known/openid-configuration";
pub(super) const MEMBER: &str = "duo_mcp_member";

/// The provider.
pub(super) struct Provider {
    pub(super) server: DocumentServer,
    pub(super) key: EcdsaKeyPair,
    /// The file of the gateway's own secret there.
    secret: PathBuf,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.secret);
    }
}

impl Provider {
    pub(super) async fn start() -> Self {
        let secret = std::env::temp_dir().join(format!("oidc-{}", Random::system().base62::<12>().unwrap()));
        fs::write(&secret, format!("{SECRET}\n")).unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        let server = DocumentServer::start(&std::env::temp_dir()).await;
        let provider = Self { server, key: new_key(), secret };
        provider.server.say("/keys", Answer::json(&json!({ "keys": [jwk(&provider.key, KID)] })));
        provider.describe(&description());
        provider
    }

    /// What it says of itself from now on.
    pub(super) fn describe(&self, description: &Value) {
        self.server.say(DISCOVERY, Answer::json(description));
    }

    /// The settings of a gateway whose members sign in by it.
    pub(super) fn known(&self) -> impl FnOnce(&mut Settings) {
        let found = self.server.connect_override();
        let secret = self.secret.clone();
        move |settings| {
            settings.net.connect_override.push(found);
            settings.server.public.url = Some("http://localhost:8080".into());
            settings.sign_in.oidc = OidcSettings {
                name: Some("Example ID".into()),
                issuer: Some(issuer()),
                client_id: Some(CLIENT.into()),
                client_secret_file: Some(secret),
                ..OidcSettings::default()
            };
        }
    }

    /// What it gives for the next codes: an ID token with these claims, signed by its key.
    pub(super) fn give(&self, claims: &Value) {
        self.give_token(&signed(&self.key, &header(), claims));
    }

    pub(super) fn give_token(&self, token: &str) {
        let tokens = json!({ "access_token": "canary", "token_type": "Bearer", "expires_in": 60, "id_token": token });
        self.server.say("/token", Answer::json(&tokens));
    }

    /// The whole way: there, signing in as this person, and back.
    pub(super) async fn sign_in(&self, browser: &mut Browser<'_>, base: &str, person: &str) -> Reply {
        let trip = Trip::begin(browser, base).await;
        self.give(&trip.claims(person));
        trip.end(browser).await
    }
}

pub(super) fn description() -> Value {
    json!({
        "issuer": issuer(), "authorization_endpoint": format!("https://{NAME}/auth?tenant=a%20b"),
        "token_endpoint": format!("https://{NAME}/token"), "jwks_uri": format!("https://{NAME}/keys"),
        "authorization_response_iss_parameter_supported": true,
    })
}

pub(super) fn header() -> Value {
    json!({ "alg": "ES256", "kid": KID, "typ": "JWT" })
}

/// A browser on its way.
pub(super) struct Trip {
    pub(super) address: Url,
}

impl Trip {
    /// Presses the button on the page at this path.
    pub(super) async fn begin(browser: &mut Browser<'_>, base: &str) -> Self {
        Self::of(&press(browser, base).await)
    }

    /// Where the answer to the button leads.
    pub(super) fn of(reply: &Reply) -> Self {
        assert_eq!(reply.status, 200, "{}", reply.text);
        let (seconds, address) = reply.header("refresh").split_once(";url=").unwrap();
        assert_eq!(seconds, "0");
        assert!(reply.text.contains("Go to Example ID") && reply.text.contains(NAME), "{}", reply.text);
        Self { address: Url::parse(address).unwrap() }
    }

    pub(super) fn asked(&self, name: &str) -> String {
        let found: Vec<_> = self.address.query_pairs().filter(|(own, _)| own == name).collect();
        assert_eq!(found.len(), 1, "{name}: {}", self.address);
        found[0].1.to_string()
    }

    /// What a good token of this sign-in says.
    pub(super) fn claims(&self, person: &str) -> Value {
        let now = duo_mcp_gateway::domain::clock::Clock::system().now().seconds();
        json!({ "iss": issuer(), "sub": person, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": self.asked("nonce") })
    }

    /// Comes back as the provider sends people.
    pub(super) async fn end(&self, browser: &mut Browser<'_>) -> Reply {
        self.end_with(browser, &[("code", "c0de"), ("iss", &issuer())]).await
    }

    pub(super) async fn end_with(&self, browser: &mut Browser<'_>, said: &[(&'static str, &str)]) -> Reply {
        let mut said: Vec<_> = said.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        if !said.iter().any(|(name, _)| *name == "state") {
            said.push(("state", self.asked("state")));
        }
        browser.get(&query("/connect/oidc/callback", &said)).await
    }
}

/// Presses the provider's button on the page at this path.
pub(super) async fn press(browser: &mut Browser<'_>, base: &str) -> Reply {
    let page = browser.get(base).await;
    assert!(page.text.contains("Sign in with Example ID"), "{}", page.text);
    browser.post(&format!("{base}/oidc"), &[("csrf", &csrf(&page))]).await
}

/// Links the person of this name at the provider to a member, as the operator does.
pub(super) async fn link(gateway: &Gateway, tenant: &Tenant, member: &MemberId, value: &str) -> GrantId {
    let new = NewIdentity { issuer: issuer(), value: value.into(), scopes: Scopes::read_only(), days: None };
    gateway.parts.acts.link_identity(&tenant.id, member, &new, &Actor::Console).await.unwrap().id
}

/// Nobody is signed in, and the other doors are open.
pub(super) async fn assert_still_outside(browser: &mut Browser<'_>, what: &str) {
    assert_eq!(browser.cookie_of(MEMBER), None, "{what}");
    let page = browser.get("/connect").await;
    assert_eq!(page.status, 200, "{what}");
    for door in ["Owner key", "Use the invite", "Sign in with Example ID"] {
        assert!(page.text.contains(door), "{what}: {}", page.text);
    }
}
