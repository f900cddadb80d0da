//! From an address that was pasted to an answer, and to the end.

use std::time::Duration;

use duo_mcp_gateway::config::Settings;
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::member::Role;
use duo_mcp_gateway::tenants::MemberEdit;
use reqwest::Method;
use serde_json::{Value, json};

use super::person::{App, Browser, LOOPBACK, Site, form, member, owner};
use crate::support::client::{Era, Reply};
use crate::support::gateway::Gateway;

fn text(tokens: &Value, name: &str) -> String {
    tokens[name].as_str().unwrap_or_else(|| panic!("no {name}: {tokens}")).to_owned()
}

async fn whole_way(gateway: &Gateway) {
    let other = gateway.replica().await;
    // 401 → the resource's metadata → the issuer's.
    let none = Reply::of(gateway.modern().bare(Method::POST).json(&json!({}))).await;
    let metadata = format!("{}/.well-known/oauth-protected-resource/mcp", gateway.issuer());
    let expected = format!("Bearer resource_metadata=\"{metadata}\", scope=\"duo:read\"");
    assert_eq!((none.status, none.header("www-authenticate")), (401, expected.as_str()));
    let (one, two) = (
        gateway.get("/.well-known/oauth-protected-resource/mcp").await,
        gateway.get("/.well-known/oauth-protected-resource").await,
    );
    assert_eq!(one.text, two.text);
    assert_eq!(one.json()["resource"], format!("{}/mcp", gateway.issuer()));
    let issuer = one.json()["authorization_servers"][0].as_str().unwrap().to_owned();
    let found = gateway.get("/.well-known/oauth-authorization-server").await;
    assert_eq!(found.json()["issuer"], issuer);
    assert_eq!(found.header("access-control-allow-origin"), "*");
    // Begun on one replica, signed in on the other, redeemed and refreshed on either.
    let key = owner(gateway).await;
    let app = App::registered(gateway, LOOPBACK).await;
    let mut browser = Browser::new(gateway);
    let path = browser.begin(&app, Some("duo:read offline_access")).await;
    let mut there = browser.at(&other);
    assert_eq!(there.sign_in(&path, &key).await.status, 303);
    let landed = super::person::Landed::of(&there.approve(&path, "helpdesk").await);
    assert_eq!((landed.at.as_str(), landed.one("iss")), (LOOPBACK, Some(issuer.as_str())));
    assert_eq!(landed.one("state"), Some("a state & more"));
    let reply = app.redeem(&other, landed.one("code").unwrap()).await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"), "{}", reply.text);
    let tokens = reply.json();
    assert_eq!((tokens["token_type"].as_str(), tokens["expires_in"].as_i64()), (Some("Bearer"), Some(3600)));
    assert_eq!(tokens["scope"], "duo:read duo:auth duo:write");
    let client = gateway.modern().with_key(&text(&tokens, "access_token"));
    assert_eq!(client.call("get_context", json!({})).await.structured()["person"], "Olivia Owner");
    let refreshed = app.refresh(gateway, &text(&tokens, "refresh_token")).await.json();
    let client = other.modern().with_key(&text(&refreshed, "access_token"));
    assert_eq!(client.rpc("tools/list", json!({})).await.status, 200);
    // The end, on both replicas within two seconds.
    let end = [("token", text(&refreshed, "refresh_token")), ("client_id", app.id.clone())];
    let end: Vec<(&str, &str)> = end.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(form(gateway, "/revoke", &end).await.status, 200);
    let until = tokio::time::Instant::now() + Duration::from_secs(2);
    for replica in [gateway, &other] {
        let client = replica.modern().with_key(&text(&refreshed, "access_token"));
        loop {
            let reply = client.rpc("tools/list", json!({})).await;
            if reply.status == 401 {
                assert!(reply.header("www-authenticate").contains("error=\"invalid_token\""));
                break;
            }
            assert!(tokio::time::Instant::now() < until, "{}", reply.text);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    assert_eq!(app.refresh(&other, &text(&refreshed, "refresh_token")).await.json()["error"], "invalid_grant");
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_lets_a_client_in_and_it_is_gone_when_taken_back() {
    // Both replicas are reached by one name.
    let name = |settings: &mut Settings| settings.server.public.url = Some("http://localhost:8080".into());
    whole_way(&Gateway::start(name).await).await;
    whole_way(&Gateway::on_postgres(name).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_beyond_what_was_granted_asks_for_it_and_what_was_granted() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let mut browser = Browser::new(&gateway);
    let tokens = app.connected(&mut browser, &key, "look").await;
    assert_eq!(tokens["scope"], "duo:read");
    for client in [gateway.modern(), gateway.legacy()] {
        let client = client.with_key(&text(&tokens, "access_token"));
        let listed = client.rpc("tools/list", json!({})).await.json();
        if client.era != Era::Legacy {
            assert_eq!(listed["result"]["cacheScope"], "private");
        }
        let names: Vec<&str> =
            listed["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        assert!(names.contains(&"trash_users"), "what one step adds is listed: {names:?}");
        assert_eq!(client.rpc("tools/call", json!({ "name": "list_users", "arguments": {} })).await.status, 200);
        let more = client.rpc("tools/call", json!({ "name": "trash_users", "arguments": { "users": ["jdoe"] } })).await;
        assert_eq!(more.status, 403, "{}", more.text);
        let challenge = more.header("www-authenticate");
        assert!(challenge.contains("error=\"insufficient_scope\""), "{challenge}");
        assert!(challenge.contains("scope=\"duo:read duo:write\""), "{challenge}");
        assert!(challenge.contains("resource_metadata=\""), "{challenge}");
    }
    // An API key without the scope asks for nothing: the tool does not exist for it.
    let read_only = gateway.new_key(&gateway.tenant, "Rita", "duo:read".parse().unwrap(), vec![]).await.1;
    let client = gateway.modern().with_key(&read_only);
    let reply = client.rpc("tools/call", json!({ "name": "trash_users", "arguments": {} })).await;
    assert_eq!(reply.json()["error"]["code"], -32602);
    // The person allows more: the page comes with it ticked, and the second grant leaves the first as it is.
    let path = browser.begin(&app, Some("duo:read duo:write")).await;
    let page = browser.get(&path).await;
    assert!(page.text.contains("value=\"duo:write\" checked"), "{}", page.text);
    let wider = super::person::Landed::of(&browser.approve(&path, "helpdesk").await);
    let wider = app.redeem(&gateway, wider.one("code").unwrap()).await.json();
    let client = gateway.modern().with_key(&text(&wider, "access_token"));
    let reply = client.rpc("tools/call", json!({ "name": "trash_users", "arguments": { "users": ["jdoe"] } })).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_grants_no_more_than_the_role_may_have() {
    let gateway = Gateway::start(|_| {}).await;
    let app = App::registered(&gateway, LOOPBACK).await;
    let (_, key) = member(&gateway, &gateway.tenant, "Rita Reader", Role::ReadOnly).await;
    let mut browser = Browser::new(&gateway);
    let path = browser.begin(&app, Some("duo:read duo:destroy")).await;
    browser.sign_in(&path, &key).await;
    let page = browser.get(&path).await;
    assert!(!page.text.contains("duo:destroy"), "{}", page.text);
    let tokens = app.connected(&mut browser, &key, "everything").await;
    assert_eq!(tokens["scope"], "duo:read duo:logs");
    // There is nothing to step up to, so there is no challenge that would lead in a circle.
    let client = gateway.modern().with_key(&text(&tokens, "access_token"));
    let reply = client.rpc("tools/call", json!({ "name": "trash_users", "arguments": { "users": ["jdoe"] } })).await;
    assert_eq!(reply.json()["error"]["code"], -32602, "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_says_what_is_left_when_a_role_was_narrowed() {
    let gateway = Gateway::start(|_| {}).await;
    let app = App::registered(&gateway, LOOPBACK).await;
    let (member, key) = member(&gateway, &gateway.tenant, "Holly Helpdesk", Role::HelpDesk).await;
    let tokens = app.connected(&mut Browser::new(&gateway), &key, "everything").await;
    assert!(text(&tokens, "scope").contains("duo:write"), "{tokens}");
    let edit = MemberEdit { role: Some(Role::ReadOnly), ..MemberEdit::default() };
    gateway.parts.acts.change_member(&gateway.tenant.id, &member.id, &edit, &Actor::Console).await.unwrap();
    let shown = text(&tokens, "refresh_token");
    // New, and given again for a lost answer.
    for _ in 0..2 {
        assert_eq!(app.refresh(&gateway, &shown).await.json()["scope"], "duo:read");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_it_says_503_and_never_401() {
    let gateway = Gateway::on_postgres(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let tokens = app.connected(&mut Browser::new(&gateway), &key, "look").await;
    let client = gateway.modern().with_key(&text(&tokens, "access_token"));
    assert_eq!(client.rpc("tools/list", json!({})).await.status, 200);
    let database = gateway.ground.database.as_ref().unwrap();
    database.set_reachable(false).await;
    let until = tokio::time::Instant::now() + Duration::from_secs(5);
    loop {
        let reply = client.rpc("tools/list", json!({})).await;
        assert!([200, 503].contains(&reply.status), "{}: {}", reply.status, reply.text);
        if reply.status == 503 {
            assert_ne!(reply.header("retry-after"), "");
            break;
        }
        assert!(tokio::time::Instant::now() < until);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let reply = app.refresh(&gateway, &text(&tokens, "refresh_token")).await;
    assert_eq!((reply.status, reply.json()["error"].as_str()), (503, Some("temporarily_unavailable")));
    assert_ne!(reply.header("retry-after"), "");
    database.set_reachable(true).await;
    let again = app.refresh(&gateway, &text(&tokens, "refresh_token")).await;
    assert_eq!(again.status, 200, "{}", again.text);
}
