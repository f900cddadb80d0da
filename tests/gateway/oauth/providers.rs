//! Access tokens of identity providers, beside our own.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use duo_mcp_gateway::config::{IdentityProvider, Settings};
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::ids::{GrantId, MemberId};
use duo_mcp_gateway::domain::member::Role;
use duo_mcp_gateway::domain::scope::{Scope, Scopes};
use duo_mcp_gateway::tenants::{NewIdentity, TenantError};
use reqwest::Method;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::person::{Site, member};
use super::server::{Answer, DocumentServer, NAME};
use crate::support::client::{Client, Reply};
use crate::support::gateway::Gateway;

pub(super) const KID: &str = "key-1";

/// A provider that signs whatever it is told to.
struct Provider {
    server: DocumentServer,
    key: EcdsaKeyPair,
}

pub(super) fn issuer() -> String {
    format!("https://{NAME}")
}

pub(super) fn new_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap()
}

pub(super) fn jwk(key: &EcdsaKeyPair, id: &str) -> Value {
    let point = key.public_key().as_ref();
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({ "kty": "EC", "crv": "P-256", "kid": id, "use": "sig", "alg": "ES256", "x": part(&point[1..33]), "y": part(&point[33..]) })
}

pub(super) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

pub(super) fn signed(key: &EcdsaKeyPair, header: &Value, claims: &Value) -> String {
    let text = unsigned(header, claims);
    let signature = key.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn header() -> Value {
    json!({ "alg": "ES256", "kid": KID, "typ": "at+jwt" })
}

impl Provider {
    async fn start() -> Self {
        let provider = Self { server: DocumentServer::start(&std::env::temp_dir()).await, key: new_key() };
        provider.server.say("/keys", Answer::json(&json!({ "keys": [jwk(&provider.key, KID)] })));
        provider
    }

    /// The settings of a gateway that takes its tokens.
    fn known(&self) -> impl FnOnce(&mut Settings) {
        let found = self.server.connect_override();
        move |settings| {
            settings.net.connect_override.push(found);
            settings.server.public.url = Some("http://localhost:8080".into());
            settings.oauth.identity_providers = vec![IdentityProvider {
                issuer: issuer(),
                jwks_url: format!("https://{NAME}/keys"),
                claim: "sub".into(),
                scopes: [("Read".to_owned(), Scope::Read), ("Write".to_owned(), Scope::Write)].into(),
                any_type: false,
            }];
        }
    }

    fn token(&self, claims: &Value) -> String {
        signed(&self.key, &header(), claims)
    }
}

/// What a good token says.
fn claims(gateway: &Gateway) -> Value {
    let now = gateway.parts.clock.now().seconds();
    json!({
        "iss": issuer(), "sub": "alice", "aud": ["other", format!("{}/mcp", gateway.issuer())], "iat": now,
        "exp": now + 300, "client_id": "some client", "scope": "openid Read",
    })
}

/// The same claims with one thing otherwise; null leaves it out.
pub(super) fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    claims
}

async fn shown(gateway: &Gateway, token: &str) -> Reply {
    gateway.modern().with_key(token).rpc("tools/list", json!({})).await
}

async fn link(gateway: &Gateway, member: &MemberId, value: &str) -> Result<GrantId, TenantError> {
    let new = NewIdentity { issuer: issuer(), value: value.into(), scopes: Scopes::all(), days: None };
    let linked = gateway.parts.acts.link_identity(&gateway.tenant.id, member, &new, &Actor::Console).await;
    linked.map(|grant| grant.id)
}

async fn until_status(client: &Client, status: u16) {
    let until = tokio::time::Instant::now() + Duration::from_secs(3);
    loop {
        let reply = client.rpc("tools/list", json!({})).await;
        if reply.status == status {
            return;
        }
        assert!(tokio::time::Instant::now() < until, "{} {}", reply.status, reply.text);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn linked_and_taken_back(gateway: &Gateway, provider: &Provider) {
    let other = gateway.replica().await;
    let (alice, _) = member(gateway, &gateway.tenant, "Alice Adams", Role::HelpDesk).await;
    let token = provider.token(&claims(gateway));
    assert_eq!(shown(gateway, &token).await.status, 401, "nobody is linked by what a token says alone");
    let grant = link(gateway, &alice.id, "alice").await.unwrap();
    assert!(matches!(link(gateway, &alice.id, "alice").await, Err(TenantError::IdentityTaken)));
    for replica in [gateway, &other] {
        let client = replica.modern().with_key(&token);
        until_status(&client, 200).await;
        let context = client.call("get_context", json!({})).await;
        assert_eq!(context.structured()["person"], "Alice Adams");
        // The member's role would allow it; the token does not.
        let call = json!({ "name": "trash_users", "arguments": { "users": ["jdoe"] } });
        let more = client.rpc("tools/call", call).await;
        assert_eq!(more.status, 403, "{}", more.text);
        assert!(more.header("www-authenticate").contains("error=\"insufficient_scope\""));
    }
    let wider = provider.token(&with(&claims(gateway), "scope", json!("Read Write duo:destroy")));
    let context = gateway.modern().with_key(&wider).call("get_context", json!({})).await;
    assert_eq!(context.structured()["scopes"], json!(["duo:read", "duo:write"]), "{context:?}");
    // It is a grant like every other: listed, in the audit log by its member, and taken back within two seconds.
    let row = gateway.parts.store.audit.list(Some(&gateway.tenant.id), None, 50).await.unwrap();
    assert!(row.iter().any(|row| row.action == "identity.link"));
    gateway.parts.acts.revoke_grant(&gateway.tenant.id, &grant, &Actor::Console).await.unwrap();
    for replica in [gateway, &other] {
        until_status(&replica.modern().with_key(&token), 401).await;
    }
    // What was taken back makes room.
    let (bob, _) = member(gateway, &gateway.tenant, "Bob Brown", Role::ReadOnly).await;
    link(gateway, &bob.id, "alice").await.unwrap();
    let client = other.modern().with_key(&token);
    until_status(&client, 200).await;
    assert_eq!(client.call("get_context", json!({})).await.structured()["person"], "Bob Brown");
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_provider_opens_what_it_is_linked_to_until_that_is_taken_back() {
    let provider = Provider::start().await;
    linked_and_taken_back(&Gateway::start(provider.known()).await, &provider).await;
    linked_and_taken_back(&Gateway::on_postgres(provider.known()).await, &provider).await;
}

/// Tokens that say good things and prove nothing: signed otherwise, by others, or not at all.
fn badly_signed(provider: &Provider, good: &Value) -> Vec<(&'static str, String)> {
    let stranger = new_key();
    let public = provider.key.public_key().as_ref().to_vec();
    let by_secret = |header: &Value| {
        let text = unsigned(header, good);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &public), text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
    };
    let changed = |name: &str, value: Value| with(&header(), name, value);
    vec![
        ("no signature", format!("{}.", unsigned(&changed("alg", json!("none")), good))),
        ("none, in other letters", format!("{}.", unsigned(&changed("alg", json!("nOnE")), good))),
        ("the public key as a secret", by_secret(&changed("alg", json!("HS256")))),
        ("an embedded key", signed(&stranger, &changed("jwk", jwk(&stranger, KID)), good)),
        ("a key from elsewhere", signed(&stranger, &changed("jku", json!("https://evil.example/keys")), good)),
        ("another's key", signed(&stranger, &header(), good)),
        ("an unknown key", signed(&provider.key, &changed("kid", json!("../../key-1")), good)),
        ("no key named", signed(&provider.key, &changed("kid", Value::Null), good)),
        ("an ID token", signed(&provider.key, &changed("typ", json!("JWT")), good)),
        ("no type", signed(&provider.key, &changed("typ", Value::Null), good)),
        ("an extension that counts", signed(&provider.key, &changed("crit", json!(["exp"])), good)),
        ("another algorithm than the key's", signed(&provider.key, &changed("alg", json!("EdDSA")), good)),
    ]
}

/// Tokens that are signed well and say something that does not do.
fn badly_made(provider: &Provider, good: &Value, now: i64) -> Vec<(&'static str, String)> {
    let mut bad = Vec::new();
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!(format!("{}/", issuer()))),
        ("iss", json!([issuer()])),
        ("aud", json!("https://other.example/mcp")),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("exp", json!(now - 120)),
        ("exp", Value::Null),
        ("exp", json!("never")),
        ("nbf", json!(now + 600)),
        ("iat", json!(now + 600)),
        ("iat", Value::Null),
        ("sub", json!("bob")),
        ("sub", json!(7)),
        ("sub", json!("")),
        ("sub", Value::Null),
    ] {
        bad.push((name, provider.token(&with(good, name, value))));
    }
    let whole = provider.token(good);
    let (front, signature) = whole.rsplit_once('.').unwrap();
    let forged = unsigned(&header(), &with(good, "scope", json!("Read Write")));
    bad.push(("other claims under the signature", format!("{forged}.{signature}")));
    bad.push(("a signature of nothing", format!("{front}.{}", URL_SAFE_NO_PAD.encode([0_u8; 64]))));
    bad
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_56_no_token_is_believed_for_what_it_says_of_itself() {
    let provider = Provider::start().await;
    let gateway = Gateway::start(provider.known()).await;
    let (alice, _) = member(&gateway, &gateway.tenant, "Alice Adams", Role::Owner).await;
    link(&gateway, &alice.id, "alice").await.unwrap();
    let good = claims(&gateway);
    let now = gateway.parts.clock.now().seconds();
    until_status(&gateway.modern().with_key(&provider.token(&good)), 200).await;
    let one_audience = with(&good, "aud", json!(format!("{}/mcp", gateway.issuer())));
    assert_eq!(shown(&gateway, &provider.token(&one_audience)).await.status, 200);
    let whole = provider.token(&good);
    let bad = badly_signed(&provider, &good).into_iter().chain(badly_made(&provider, &good, now));
    for (what, token) in bad {
        let reply = shown(&gateway, &token).await;
        assert_eq!(reply.status, 401, "{what}: {}", reply.text);
        assert!(reply.header("www-authenticate").contains("error=\"invalid_token\""), "{what}");
    }
    assert_eq!(provider.server.asked(), 1, "an unknown key's id leads to no more than one look in half a minute");
    // Where API keys alone are taken, it is nothing.
    let keys = gateway.settings.server.keys.listen.unwrap();
    let request = gateway.http().request(Method::POST, format!("http://{keys}/mcp")).bearer_auth(&whole);
    assert_eq!(Reply::of(request.json(&json!({}))).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_provider_s_keys_cannot_be_had_nobody_is_told_that_the_token_is_bad() {
    let provider = Provider::start().await;
    provider.server.say("/keys", Answer { status: "503 Service Unavailable", ..Answer::json(&"{}") });
    let gateway = Gateway::start(provider.known()).await;
    let token = provider.token(&claims(&gateway));
    let reply = shown(&gateway, &token).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, "2"), "{}", reply.text);
    assert_eq!(shown(&gateway, "a.b.c").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_links_nobody() {
    let gateway = Gateway::start(|_| {}).await;
    let (owner, _) = member(&gateway, &gateway.tenant, "Olivia Owner", Role::Owner).await;
    let by = Actor::Member { member: owner.id.clone(), person: owner.name.clone() };
    let new = NewIdentity { issuer: issuer(), value: "alice".into(), scopes: Scopes::all(), days: None };
    let refused = gateway.parts.acts.link_identity(&gateway.tenant.id, &owner.id, &new, &by).await;
    assert!(matches!(refused, Err(TenantError::NotAnOwner)), "{refused:?}");
    // And without a provider in the settings a JWT is nothing.
    assert_eq!(shown(&gateway, "a.b.c").await.status, 401);
}
