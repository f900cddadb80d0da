//! Who comes in by the provider, where to, and who does not any more.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::member::{MemberKind, Role};
use duo_mcp_gateway::tenants::NewMember;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::person::{App, Browser, LOOPBACK, Landed, Site, csrf, member};
use super::super::providers::{issuer, with};
use super::provider::{CLIENT, MEMBER, Provider, SECRET, Trip, assert_still_outside, link, press};
use crate::support::gateway::Gateway;
use crate::support::markup::Mistaken;

/// The audit rows of this act, as outcome and code.
async fn written(gateway: &Gateway, action: &str) -> Vec<(String, Option<String>)> {
    let rows = gateway.parts.store.audit.list(Some(&gateway.tenant.id), None, 100).await.unwrap();
    let rows = rows.into_iter().filter(|row| row.action == action);
    rows.map(|row| (row.outcome.as_str().to_owned(), row.code)).collect()
}

/// A client's request, begun at one replica and ended at the other.
async fn connects_by_the_provider(gateway: &Gateway, provider: &Provider) {
    let other = gateway.replica().await;
    let (alice, _) = member(gateway, &gateway.tenant, "Alice Adams", Role::HelpDesk).await;
    link(gateway, &gateway.tenant, &alice.id, "alice").await;
    let app = App::registered(gateway, LOOPBACK).await;
    let mut browser = Browser::new(gateway);
    let path = browser.begin(&app, None).await;
    let trip = Trip::begin(&mut browser, &path).await;
    let redirect = format!("{}/connect/oidc/callback", gateway.issuer());
    for (name, value) in [
        ("tenant", "a b"),
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("scope", "openid"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", &redirect),
    ] {
        assert_eq!(trip.asked(name), value);
    }
    assert!(!trip.address.as_str().contains("prompt") && !trip.address.as_str().contains("max_age"));
    provider.give(&trip.claims("alice"));
    let back = trip.end(&mut browser.at(&other)).await;
    // Another origin has other cookies in this test; the session is what counts.
    assert_eq!((back.status, back.header("location")), (303, path.as_str()), "{}", back.text);
    let forms = provider.server.forms("/token");
    let sent = forms.last().unwrap();
    let form: Vec<(String, String)> = url::form_urlencoded::parse(sent.body.as_bytes()).into_owned().collect();
    let of = |name: &str| form.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
    assert_eq!((of("code").as_deref(), of("grant_type").as_deref()), (Some("c0de"), Some("authorization_code")));
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(of("code_verifier").unwrap()));
    assert_eq!(challenge, trip.asked("code_challenge"));
    assert_eq!((of("client_secret"), of("redirect_uri").unwrap()), (None, redirect));
    let basic = sent.head.lines().find_map(|line| line.strip_prefix("authorization: Basic ")).unwrap();
    let both = String::from_utf8(STANDARD.decode(basic).unwrap()).unwrap();
    assert_eq!(both, "gateway+client:canary+secret%25of+the+client");
    assert_eq!(written(gateway, "member.sign_in").await, [("ok".to_owned(), None)]);
    // On from there as by every other door: two pages of ours, and an answer.
    let reply = provider.sign_in(&mut browser, &path, "alice").await;
    assert_eq!((reply.status, reply.header("location")), (303, path.as_str()));
    let landed = Landed::of(&browser.approve(&path, "look").await);
    let tokens = app.redeem(gateway, landed.one("code").unwrap()).await.json();
    let client = gateway.modern().with_key(tokens["access_token"].as_str().unwrap());
    assert_eq!(client.call("get_context", json!({})).await.structured()["person"], "Alice Adams");
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_whom_an_operator_linked_connects_a_client_by_the_provider() {
    let provider = Provider::start().await;
    connects_by_the_provider(&Gateway::start(provider.known()).await, &provider).await;
    connects_by_the_provider(&Gateway::on_postgres(provider.known()).await, &provider).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_client_it_leads_to_what_one_does_next_and_the_session_is_a_new_one() {
    let provider = Provider::start().await;
    let gateway = Gateway::start(provider.known()).await;
    let (alice, key) = member(&gateway, &gateway.tenant, "Alice Adams", Role::Owner).await;
    link(&gateway, &gateway.tenant, &alice.id, "alice").await;
    let mut browser = Browser::new(&gateway);
    let reply = provider.sign_in(&mut browser, "/connect", "alice").await;
    assert_eq!((reply.status, reply.header("location")), (303, "/connect/done"));
    assert!(browser.get("/connect/done").await.text.contains("Alice Adams"));
    assert_eq!(browser.cookie_of("duo_mcp_provider"), Some(""), "what the browser carried is taken away");
    let first = browser.cookie_of(MEMBER).unwrap().to_owned();
    // A session that was there before, and which somebody may have planted, ends.
    let mut planted = Browser::new(&gateway);
    planted.get("/connect").await;
    let (_, others) = member(&gateway, &gateway.tenant, "Otto Other", Role::ReadOnly).await;
    let (_, token) = gateway.parts.acts.sign_in(&others).await.unwrap().unwrap();
    let trip = Trip::begin(&mut planted, "/connect").await;
    planted.cookies.push((MEMBER.into(), token.expose().into()));
    provider.give(&trip.claims("alice"));
    assert_eq!(trip.end(&mut planted).await.status, 303);
    let second = planted.cookie_of(MEMBER).unwrap();
    assert!(second != first && second != token.expose());
    assert!(gateway.parts.acts.session(token.expose()).await.unwrap().is_none());
    // The owner key is a door like before.
    let mut by_key = Browser::new(&gateway);
    assert_eq!(by_key.sign_in("/connect", &key).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_linked_to_nobody_is_told_what_the_operator_needs_and_nothing_else() {
    let provider = Provider::start().await;
    let gateway = Gateway::start(provider.known()).await;
    let (alice, _) = member(&gateway, &gateway.tenant, "alice@example.com", Role::Owner).await;
    let members = gateway.parts.acts.members(&gateway.tenant.id).await.unwrap().len();
    for person in ["alice@example.com", "\"><script>alert(1)</script>\u{202e}", "Alice"] {
        let mut browser = Browser::new(&gateway);
        let trip = Trip::begin(&mut browser, "/connect").await;
        let claims = with(&trip.claims(person), "email", json!("alice@example.com"));
        provider.give(&with(&claims, "email_verified", json!(true)));
        let page = trip.end(&mut browser).await;
        assert_eq!(page.status, 403, "{}", page.text);
        assert!(page.text.contains("You are not known here yet") && page.text.contains(&issuer()), "{}", page.text);
        assert!(!page.text.contains("<script>") && !page.text.contains('\u{202e}'), "{}", page.text);
        assert_eq!(page.text.contains("alice@example.com"), person == "alice@example.com");
        assert_still_outside(&mut browser, person).await;
    }
    let (tenants, now) = (gateway.parts.store.tenants.list(None, 10).await.unwrap(), &gateway.tenant.id);
    assert_eq!((tenants.len(), gateway.parts.acts.members(now).await.unwrap().len()), (1, members));
    assert!(written(&gateway, "member.sign_in").await.is_empty());
    // Linked, the same person comes in.
    link(&gateway, &gateway.tenant, &alice.id, "alice@example.com").await;
    let mut browser = Browser::new(&gateway);
    assert_eq!(provider.sign_in(&mut browser, "/connect", "alice@example.com").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_suspended_or_removed_ends_this_way_in_too() {
    let provider = Provider::start().await;
    let gateway = Gateway::start(provider.known()).await;
    let acts = &gateway.parts.acts;
    let (alice, _) = member(&gateway, &gateway.tenant, "Alice Adams", Role::Owner).await;
    let (bob, _) = member(&gateway, &gateway.tenant, "Bob Brown", Role::Owner).await;
    let grant = link(&gateway, &gateway.tenant, &alice.id, "alice").await;
    link(&gateway, &gateway.tenant, &bob.id, "bob").await;
    let service = NewMember { name: "Robot".into(), kind: MemberKind::Service, ..NewMember::default() };
    let robot = acts.create_member(&gateway.tenant.id, &service, &Actor::Console).await.unwrap();
    link(&gateway, &gateway.tenant, &robot.id, "robot").await;
    let (mut of_alice, mut of_bob) = (Browser::new(&gateway), Browser::new(&gateway));
    for (browser, person) in [(&mut of_alice, "alice"), (&mut of_bob, "bob")] {
        assert_eq!(provider.sign_in(browser, "/connect", person).await.status, 303);
        assert_eq!(browser.get("/connect/done").await.status, 200);
    }
    acts.revoke_grant(&gateway.tenant.id, &grant, &Actor::Console).await.unwrap();
    assert_eq!(of_alice.get("/connect/done").await.status, 303, "the session that it opened has ended");
    assert_eq!(of_bob.get("/connect/done").await.status, 200, "and no other");
    for person in ["alice", "robot"] {
        let reply = provider.sign_in(&mut Browser::new(&gateway), "/connect", person).await;
        assert_eq!(reply.status, 403, "{person}");
        assert!(reply.text.contains("You are not known here yet"), "{}", reply.text);
    }
    // Once a minute for each member and reason: a service's link is not over.
    assert_eq!(provider.sign_in(&mut Browser::new(&gateway), "/connect", "alice").await.status, 403);
    let rows = written(&gateway, "member.sign_in").await;
    for code in ["link_over", "service"] {
        let refused = ("denied".to_owned(), Some(code.to_owned()));
        assert_eq!(rows.iter().filter(|row| **row == refused).count(), 1, "{code}: {rows:?}");
    }
    acts.suspend_tenant(&gateway.tenant.id, &Actor::Console).await.unwrap();
    let reply = provider.sign_in(&mut Browser::new(&gateway), "/connect", "bob").await;
    assert_eq!(reply.status, 403);
    assert!(reply.text.contains("This subscription is suspended"), "{}", reply.text);
    let refused = ("denied".to_owned(), Some("tenant_suspended".to_owned()));
    assert!(written(&gateway, "member.sign_in").await.contains(&refused));
    acts.resume_tenant(&gateway.tenant.id, &Actor::Console).await.unwrap();
    acts.remove_member(&gateway.tenant.id, &bob.id, &Actor::Console).await.unwrap();
    let reply = provider.sign_in(&mut Browser::new(&gateway), "/connect", "bob").await;
    assert!(reply.text.contains("You are not known here yet"), "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_grave_wants_a_sign_in_that_the_provider_says_is_recent() {
    let provider = Provider::start().await;
    let gateway = Gateway::start(provider.known()).await;
    let (alice, _) = member(&gateway, &gateway.tenant, "Alice Adams", Role::Owner).await;
    let (bob, _) = member(&gateway, &gateway.tenant, "Bob Brown", Role::Owner).await;
    link(&gateway, &gateway.tenant, &alice.id, "alice").await;
    link(&gateway, &gateway.tenant, &bob.id, "bob").await;
    let mut browser = Browser::new(&gateway);
    // The provider knew the person, and does not say since when.
    provider.sign_in(&mut browser, "/connect", "alice").await;
    let grave = async |browser: &mut Browser<'_>| {
        let page = browser.get("/connect/manage").await;
        let reply = browser.post("/connect/manage/owner-key", &[("csrf", &csrf(&page))]).await;
        reply.header("location").to_owned()
    };
    assert_eq!(grave(&mut browser).await, "/connect/again");
    let now = gateway.parts.clock.now().seconds();
    for (person, at) in [("alice", Value::Null), ("alice", json!(now - 3_600)), ("bob", json!(now + 5))] {
        let trip = Trip::begin(&mut browser, "/connect/again").await;
        assert_eq!((trip.asked("prompt").as_str(), trip.asked("max_age").as_str()), ("login", "0"));
        provider.give(&with(&trip.claims(person), "auth_time", at.clone()));
        let reply = trip.end(&mut browser).await;
        assert_eq!(reply.status, 403, "{person} {at}: {}", reply.text);
        assert!(reply.text.contains("Sign in once more"), "{}", reply.text);
        Mistaken::of(&reply.text).at_form("/connect/again/oidc", "Example ID");
        assert_eq!(grave(&mut browser).await, "/connect/again", "{person} {at}");
    }
    let trip = Trip::begin(&mut browser, "/connect/again").await;
    provider.give(&with(&trip.claims("alice"), "auth_time", json!(gateway.parts.clock.now().seconds())));
    let reply = trip.end(&mut browser).await;
    assert_eq!((reply.status, reply.header("location")), (303, "/connect/manage"), "{}", reply.text);
    assert_ne!(grave(&mut browser).await, "/connect/again");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signed_out_on_the_way_does_not_sign_in_once_more() {
    let provider = Provider::start().await;
    let gateway = Gateway::start(provider.known()).await;
    let acts = &gateway.parts.acts;
    let (alice, _) = member(&gateway, &gateway.tenant, "Alice Adams", Role::Owner).await;
    link(&gateway, &gateway.tenant, &alice.id, "alice").await;
    let mut browser = Browser::new(&gateway);
    provider.sign_in(&mut browser, "/connect", "alice").await;
    let (codes, rows) = (provider.server.forms("/token").len(), written(&gateway, "member.sign_in").await.len());
    let trip = Trip::begin(&mut browser, "/connect/again").await;
    acts.sign_out(browser.cookie_of(MEMBER).unwrap()).await.unwrap();
    provider.give(&with(&trip.claims("alice"), "auth_time", json!(gateway.parts.clock.now().seconds())));
    let reply = trip.end(&mut browser).await;
    assert_eq!((reply.status, reply.header("location")), (303, "/connect"), "{}", reply.text);
    // Nothing is opened that nobody holds, and nothing is written of it.
    assert_eq!(provider.server.forms("/token").len(), codes);
    assert_eq!(written(&gateway, "member.sign_in").await.len(), rows);
    assert_eq!(browser.get("/connect/done").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_with_its_link_at_the_latest() {
    let provider = Provider::start().await;
    let gateway = Gateway::start(provider.known()).await;
    let acts = &gateway.parts.acts;
    let (alice, _) = member(&gateway, &gateway.tenant, "Alice Adams", Role::Owner).await;
    let grant = link(&gateway, &gateway.tenant, &alice.id, "alice").await;
    let session = async || {
        let mut browser = Browser::new(&gateway);
        assert_eq!(provider.sign_in(&mut browser, "/connect", "alice").await.status, 303);
        acts.session(browser.cookie_of(MEMBER).unwrap()).await.unwrap().unwrap()
    };
    let working_day = session().await.expires_at;
    assert!(working_day > gateway.parts.clock.now().plus_seconds(7 * 3_600));
    gateway.behind("UPDATE grants SET expires_at = created_at + 3600000").await;
    let grants = acts.grants(&gateway.tenant.id).await.unwrap();
    let until = grants.iter().find(|(found, _)| found.id == grant).unwrap().0.expires_at;
    assert!(until < working_day);
    assert_eq!(session().await.expires_at, until);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_settings_there_is_no_such_door_and_a_secret_goes_the_way_that_is_taken() {
    let gateway = Gateway::start(|_| {}).await;
    let mut browser = Browser::new(&gateway);
    let page = browser.get("/connect").await;
    assert!(!page.text.contains("Sign in with") && !page.text.contains("/oidc"), "{}", page.text);
    assert_eq!(browser.post("/connect/oidc", &[("csrf", &csrf(&page))]).await.status, 404);
    assert_eq!(browser.get("/connect/oidc/callback?state=a&code=b").await.status, 404);
    let provider = Provider::start().await;
    let methods = json!(["client_secret_post", "private_key_jwt"]);
    let described = with(&super::provider::description(), "token_endpoint_auth_methods_supported", methods);
    provider.describe(&with(&described, "authorization_response_iss_parameter_supported", Value::Null));
    let gateway = Gateway::start(provider.known()).await;
    let mut browser = Browser::new(&gateway);
    let trip = Trip::begin(&mut browser, "/connect").await;
    provider.give(&trip.claims("nobody"));
    assert_eq!(trip.end_with(&mut browser, &[("code", "c0de")]).await.status, 403);
    let form = provider.server.forms("/token").pop().unwrap();
    let secret = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect::<String>();
    assert!(form.body.contains(&format!("client_secret={secret}")), "{}", form.body);
    assert!(!form.head.to_ascii_lowercase().contains("authorization"), "{}", form.head);
    // A form of elsewhere leads nobody there.
    let foreign = browser.post("/connect/oidc", &[("csrf", "guessed")]).await;
    assert_eq!(foreign.status, 403);
    assert_eq!(press(&mut browser, "/connect").await.status, 200);
}
