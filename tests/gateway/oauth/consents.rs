//! What is granted is what was shown, and no more than that is done unasked.

use std::sync::Arc;
use std::time::Duration;

use duo_api::Api;
use duo_mcp_gateway::config::OauthSettings;
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::card::Level;
use duo_mcp_gateway::domain::clock::{Clock, Timestamp};
use duo_mcp_gateway::domain::member::Role;
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::domain::standing::NewStanding;
use duo_mcp_gateway::grants::{GrantError, Requests, Ticket, Yes};
use duo_mcp_gateway::tenants::{Holder, MemberEdit, NewApiKey};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::person::{App, Browser, LOOPBACK, Landed, csrf, member, owner};
use crate::store::grants::request;
use crate::support::gateway::{CONNECTION, Gateway};
use crate::support::markup::Mistaken;

#[tokio::test(flavor = "multi_thread")]
async fn what_no_credential_serves_is_neither_shown_nor_granted() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let acts = &gateway.parts.acts;
    acts.delete_credential(&gateway.tenant.id, CONNECTION, Api::Accounts, &Actor::Console).await.unwrap();
    let mut browser = Browser::new(&gateway);
    let path = browser.begin(&app, None).await;
    browser.sign_in(&path, &key).await;
    let until = Instant::now() + Duration::from_secs(5);
    let mut page = browser.get(&path).await;
    while page.text.contains("duo:accounts") {
        assert!(Instant::now() < until, "the gateway learns that the credential is gone");
        sleep(Duration::from_millis(25)).await;
        page = browser.get(&path).await;
    }
    let fields = [("csrf", csrf(&page)), ("preset", "own".into()), ("scope", "duo:accounts".into())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = browser.post(&format!("{path}/approve"), &fields).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    let landed = Landed::of(&browser.approve(&path, "everything").await);
    let tokens = app.redeem(&gateway, landed.one("code").unwrap()).await.json();
    assert_eq!(tokens["scope"], "duo:read duo:logs duo:auth duo:write duo:destroy", "{tokens}");
    let rows = gateway.parts.store.audit.list(Some(&gateway.tenant.id), None, 200).await.unwrap();
    let row = rows.iter().find(|row| row.action == "grant.create").unwrap();
    let scopes = "duo:read duo:logs duo:auth duo:write duo:destroy";
    assert_eq!(row.objects[1..], [app.id.as_str(), "http://127.0.0.1:53123", scopes], "who got what is written down");
    // Keys for child accounts that come later arm nothing that was granted before.
    gateway.put(&gateway.tenant, Api::Accounts, "Accounts API").await;
    let grants = gateway.parts.store.grants.list(&gateway.tenant.id).await.unwrap();
    assert_eq!(grants[0].scopes.to_string(), scopes);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_chosen_stays_when_the_form_comes_back() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let mut browser = Browser::new(&gateway);
    let path = browser.begin(&app, Some("duo:read duo:write")).await;
    browser.sign_in(&path, &key).await;
    let proof = csrf(&browser.get(&path).await);
    let back = browser.post(&format!("{path}/approve"), &[("csrf", &proof), ("preset", "own"), ("days", "7")]).await;
    assert_eq!(back.status, 422);
    Mistaken::of(&back.text).at("scope", "Tick at least one thing").keeps("days", "7").keeps("scope", "own");
    assert!(!back.text.contains("value=\"duo:write\" checked"), "nothing was ticked: {}", back.text);
    assert!(back.header("content-security-policy").contains("http://127.0.0.1:53123"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_approved_for_a_member_in_advance_is_for_its_keys_and_for_no_client() {
    let gateway = Gateway::start(|_| {}).await;
    let (acts, tenant) = (&gateway.parts.acts, &gateway.tenant);
    let (olivia, key) = member(&gateway, tenant, "Olivia Owner", Role::Owner).await;
    let standing = NewStanding {
        tools: vec!["modify_user".into(), "trash_users".into()],
        accounts: vec![CONNECTION.into()],
        up_to: Level::L3,
        max_objects: 5,
        per_hour: 100,
        expires_at: gateway.parts.clock.now().plus_seconds(3_600),
    };
    let edit = MemberEdit { standing: Some(vec![standing]), ..MemberEdit::default() };
    acts.change_member(&tenant.id, &olivia.id, &edit, &Actor::Console).await.unwrap();
    let app = App::registered(&gateway, LOOPBACK).await;
    let tokens = app.connected(&mut Browser::new(&gateway), &key, "everything").await;
    let client = gateway.modern().with_key(tokens["access_token"].as_str().unwrap());
    gateway.duo().forget().await;
    client.call("modify_user", json!({ "user": "jdoe", "status": "bypass" })).await.pending();
    client.call("trash_users", json!({ "users": ["narroway", "mrossi"] })).await.form();
    assert!(gateway.duo().changes().await.is_empty(), "the page said that a person is asked");
    let new = NewApiKey {
        name: "nightly".into(),
        holder: Holder::Member(olivia.id.clone()),
        scopes: olivia.ceiling(),
        ..NewApiKey::default()
    };
    let (_, own) = acts.create_key(&tenant.id, &new, &Actor::Console).await.unwrap();
    let by_key = gateway.modern().with_key(own.expose());
    by_key.call("modify_user", json!({ "user": "mrossi", "status": "bypass" })).await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answered_request_is_known_as_such_while_a_browser_may_still_show_it() {
    let gateway = Gateway::start(|_| {}).await;
    let clock = Clock::fixed(Timestamp(1_800_000_000_000));
    let (store, house) = (gateway.parts.store.authorizations.clone(), Arc::clone(&gateway.parts.keyring.house));
    let requests = Requests::new(store, house, clock.clone(), Random::system(), OauthSettings::default());
    let (olivia, _) = member(&gateway, &gateway.tenant, "Olivia", Role::Owner).await;
    let (answered, left) =
        (requests.begin(&request(), "browser").await.unwrap(), requests.begin(&request(), "browser").await.unwrap());
    let ticket = Ticket { request: &answered, browser: "browser" };
    let yes = Yes { scopes: request().scopes, days: 30 };
    requests.consent(ticket, &olivia, yes).await.unwrap();
    clock.advance_ms(11 * 60_000);
    assert!(requests.find(ticket).await.unwrap().decided.unwrap().yes);
    assert!(matches!(requests.consent(ticket, &olivia, yes).await, Err(GrantError::Over)), "its code is over");
    let ticket = Ticket { request: &left, browser: "browser" };
    assert!(matches!(requests.find(ticket).await, Err(GrantError::Over)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_refreshes_in_a_circle_has_to_wait_and_loses_nothing() {
    let gateway = Gateway::start(|settings| settings.oauth.refresh_leeway_seconds.0 = 0).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let tokens = app.connected(&mut Browser::new(&gateway), &key, "look").await;
    let mut shown = tokens["refresh_token"].as_str().unwrap().to_owned();
    let mut rotated = 0;
    let told = loop {
        let reply = app.refresh(&gateway, &shown).await;
        if reply.status != 200 {
            break reply;
        }
        shown = reply.json()["refresh_token"].as_str().unwrap().to_owned();
        rotated += 1;
        assert!(rotated < 200, "a circle without an end");
    };
    assert_eq!(told.status, 429, "{}", told.text);
    assert!(told.header("retry-after").parse::<u64>().unwrap() >= 1);
    // The same token again, as a client that waits shows it: the connection goes on.
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let reply = app.refresh(&gateway, &shown).await;
        if reply.status == 200 {
            let access = reply.json()["access_token"].as_str().unwrap().to_owned();
            assert_eq!(gateway.modern().with_key(&access).rpc("tools/list", json!({})).await.status, 200);
            break;
        }
        assert_eq!(reply.status, 429, "{}", reply.text);
        assert!(Instant::now() < until);
        sleep(Duration::from_millis(200)).await;
    }
}
