//! What was granted is listed, taken back, and written down.

use std::process::Command;
use std::time::Duration;

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::ids::GrantId;
use duo_mcp_gateway::domain::member::Role;
use duo_mcp_gateway::tenants::TenantError;
use reqwest::Method;
use serde_json::{Value, json};

use super::person::{App, Browser, LOOPBACK, Landed, csrf, member, owner};
use crate::support::client::Reply;
use crate::support::gateway::Gateway;

/// A request of an operator's.
async fn operate(gateway: &Gateway, operator: &str, method: Method, path: &str) -> Reply {
    let request = gateway.http().request(method, gateway.admin_url(&format!("/admin/v1/tenants/{path}")));
    Reply::of(request.bearer_auth(operator)).await
}

/// A command at the same data folder.
fn command(gateway: &Gateway, arguments: &[&str]) -> Value {
    let mut program = Command::new(env!("CARGO_BIN_EXE_duo-mcp-gateway"));
    program.args(arguments).arg("--json").arg("--data-dir").arg(&gateway.settings.data_dir).env_clear();
    let ran = program.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap()
}

/// Waits until this token opens nothing any more, which it has to within two seconds.
async fn until_gone(gateway: &Gateway, tokens: &Value) {
    let client = gateway.modern().with_key(tokens["access_token"].as_str().unwrap());
    let until = tokio::time::Instant::now() + Duration::from_secs(2);
    while client.rpc("tools/list", json!({})).await.status != 401 {
        assert!(tokio::time::Instant::now() < until);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Who granted, who took back, and what a replay did.
fn all_of_it_is_written_down(rows: &Value, ids: &[&str]) {
    let of = |action: &str| -> Vec<(Value, Value, Value)> {
        let rows = rows["items"].as_array().unwrap().iter().rev().filter(|row| row["action"] == action);
        rows.map(|row| (row["actor"].clone(), row["code"].clone(), row["objects"][0].clone())).collect()
    };
    let granted = of("grant.create");
    assert!(granted.iter().all(|(actor, ..)| actor["person"] == "Olivia Owner"), "{granted:?}");
    assert_eq!(granted.iter().map(|(.., grant)| grant.as_str().unwrap()).collect::<Vec<_>>(), ids);
    let ended = of("grant.revoke");
    let codes: Vec<&Value> = ended.iter().map(|(_, code, _)| code).collect();
    assert_eq!(codes, ["revoked", "revoked", "refresh_reuse"], "{ended:?}");
    assert_eq!(ended.iter().map(|(.., grant)| grant.as_str().unwrap()).collect::<Vec<_>>(), ids);
    assert!(ended[0].0.to_string().contains("Olga"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_what_was_granted_and_take_it_back() {
    let gateway = Gateway::start(|settings| settings.oauth.refresh_leeway_seconds.0 = 0).await;
    let operator = gateway.parts.operators.create("Olga").await.unwrap().0.expose().to_owned();
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let mut browser = Browser::new(&gateway);
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(app.connected(&mut browser, &key, "look").await);
    }
    let listed = operate(&gateway, &operator, Method::GET, "acme-corp/grants").await;
    for secret in all.iter().flat_map(|tokens| [&tokens["access_token"], &tokens["refresh_token"]]) {
        assert!(!listed.text.contains(secret.as_str().unwrap()), "a token is shown");
    }
    let listed = listed.json();
    let items = listed["items"].as_array().unwrap();
    let ids: Vec<&str> = items.iter().map(|grant| grant["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3);
    for (name, value) in [
        ("person", "Olivia Owner"),
        ("client", app.id.as_str()),
        ("client_name", "Test client"),
        ("redirect_origin", "http://127.0.0.1:53123"),
        ("state", "works"),
    ] {
        assert_eq!(items[0][name], value, "{listed}");
    }
    // Over REST, by command, and by a refresh token that was replaced for good.
    let path = format!("acme-corp/grants/{}", ids[0]);
    gateway.another_tenant("other").await;
    let elsewhere = format!("other/grants/{}", ids[0]);
    assert_eq!(operate(&gateway, &operator, Method::DELETE, &elsewhere).await.status, 404);
    assert_eq!(operate(&gateway, &operator, Method::DELETE, &path).await.status, 204);
    assert_eq!(operate(&gateway, &operator, Method::DELETE, &path).await.status, 404, "it ended before");
    assert_eq!(operate(&gateway, &operator, Method::DELETE, "acme-corp/grants/nonsense").await.status, 404);
    until_gone(&gateway, &all[0]).await;
    assert_eq!(command(&gateway, &["grants", "revoke", "acme-corp", ids[1]])["revoked"], true);
    until_gone(&gateway, &all[1]).await;
    let shown = command(&gateway, &["grants", "list", "acme-corp"]);
    let states: Vec<&Value> = shown.as_array().unwrap().iter().map(|grant| &grant["state"]).collect();
    assert_eq!(states, ["revoked", "revoked", "works"]);
    let first = all[2]["refresh_token"].as_str().unwrap();
    let second = app.refresh(&gateway, first).await.json();
    app.refresh(&gateway, second["refresh_token"].as_str().unwrap()).await;
    assert_eq!(app.refresh(&gateway, first).await.json()["error"], "invalid_grant");
    until_gone(&gateway, &all[2]).await;
    let rows = operate(&gateway, &operator, Method::GET, "acme-corp/audit?limit=200").await.json();
    all_of_it_is_written_down(&rows, &ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_takes_its_own_back_and_an_owner_everybodys() {
    let gateway = Gateway::start(|_| {}).await;
    let (acts, tenant) = (&gateway.parts.acts, &gateway.tenant);
    let app = App::registered(&gateway, LOOPBACK).await;
    let (ann, key) = member(&gateway, tenant, "Ann", Role::ReadOnly).await;
    let (owner, owner_key) = member(&gateway, tenant, "Olivia", Role::Owner).await;
    let of_ann = app.connected(&mut Browser::new(&gateway), &key, "look").await;
    let of_owner = app.connected(&mut Browser::new(&gateway), &owner_key, "look").await;
    let again = app.connected(&mut Browser::new(&gateway), &key, "look").await;
    let ids: Vec<GrantId> = acts.grants(&tenant.id).await.unwrap().into_iter().map(|(grant, _)| grant.id).collect();
    let by = |who: &duo_mcp_gateway::domain::member::Member| Actor::Member {
        member: who.id.clone(),
        person: who.name.clone(),
    };
    let refused = acts.revoke_grant(&tenant.id, &ids[1], &by(&ann)).await.unwrap_err();
    assert!(matches!(refused, TenantError::NotAnOwner), "{refused}");
    acts.revoke_grant(&tenant.id, &ids[0], &by(&ann)).await.unwrap();
    until_gone(&gateway, &of_ann).await;
    acts.revoke_grant(&tenant.id, &ids[2], &by(&owner)).await.unwrap();
    until_gone(&gateway, &again).await;
    let client = gateway.modern().with_key(of_owner["access_token"].as_str().unwrap());
    assert_eq!(client.rpc("tools/list", json!({})).await.status, 200);
    // A grant cannot manage the tenant it is of, not even by ending another.
    let caller = Actor::Grant {
        grant: ids[1].clone(),
        client: app.id.clone(),
        member: owner.id.clone(),
        person: owner.name.clone(),
    };
    let refused = acts.revoke_grant(&tenant.id, &ids[1], &caller).await.unwrap_err();
    assert!(matches!(refused, TenantError::NotAnOwner), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_grant_asked_for_is_not_carried_out_after_its_end() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let mut browser = Browser::new(&gateway);
    let tokens = app.connected(&mut browser, &key, "everything").await;
    let client = gateway.modern().with_key(tokens["access_token"].as_str().unwrap());
    let held = client.call("modify_user", json!({ "user": "jdoe", "status": "bypass" })).await.pending();
    let acts = &gateway.parts.acts;
    let grant = acts.grants(&gateway.tenant.id).await.unwrap()[0].0.id.clone();
    acts.revoke_grant(&gateway.tenant.id, &grant, &Actor::Console).await.unwrap();
    gateway.duo().forget().await;
    gateway.approve(&held).await;
    // Another client of the same person looks at what became of it.
    let again = app.connected(&mut browser, &key, "everything").await;
    let ended = gateway.modern().with_key(again["access_token"].as_str().unwrap()).ended(&held).await;
    assert_eq!(ended["state"], "cancelled", "{ended:#}");
    assert!(gateway.duo().changes().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_at_the_same_browser_signs_out_first() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let (_, other) = member(&gateway, &gateway.tenant, "Rita Reader", Role::ReadOnly).await;
    let mut browser = Browser::new(&gateway);
    let path = browser.begin(&app, None).await;
    browser.sign_in(&path, &key).await;
    let page = browser.get(&path).await;
    assert!(page.text.contains("I am not Olivia Owner"), "{}", page.text);
    let session = browser.cookie_of("duo_mcp_member").unwrap().to_owned();
    let refused = browser.post(&format!("{path}/sign-out"), &[("csrf", "x")]).await;
    assert_eq!(refused.status, 403);
    browser.post(&format!("{path}/sign-out"), &[("csrf", &csrf(&page))]).await;
    assert!(gateway.parts.acts.session(&session).await.unwrap().is_none());
    assert!(browser.get(&path).await.text.contains("Owner key"));
    browser.sign_in(&path, &other).await;
    assert!(browser.get(&path).await.text.contains("Rita Reader"));
    // A suspended subscriber's member can still say no.
    gateway.parts.acts.suspend_tenant(&gateway.tenant.id, &Actor::Console).await.unwrap();
    let page = browser.get(&path).await;
    assert!(page.status == 200 && page.text.contains("Owner key"), "{}: {}", page.status, page.text);
    let landed = Landed::of(&browser.post(&format!("{path}/deny"), &[("csrf", &csrf(&page))]).await);
    assert_eq!(landed.one("error"), Some("access_denied"));
}
