//! Managing a subscription: owners all of it, others their own part.

use std::time::Duration;

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::member::Role;
use duo_mcp_gateway::domain::tenant::TenantStatus;
use serde_json::json;

use super::super::person::{App, Browser, LOOPBACK, csrf, member, owner};
use super::subscriber::{newcomer, open, shown};
use crate::support::gateway::Gateway;
use crate::support::markup::Mistaken;

pub(super) const HOME: &str = "/connect/manage";

/// Sends one of the page's forms.
pub(super) async fn act(
    browser: &mut Browser<'_>,
    form: &str,
    fields: &[(&str, &str)],
) -> crate::support::client::Reply {
    let token = csrf(&browser.get(HOME).await);
    let mut all = fields.to_vec();
    all.push(("csrf", &token));
    browser.post(&format!("{HOME}/{form}"), &all).await
}

pub(super) async fn signed_in<'a>(gateway: &'a Gateway, key: &str) -> Browser<'a> {
    let mut browser = Browser::new(gateway);
    assert_eq!(browser.sign_in("/connect", key).await.status, 303);
    browser
}

/// Waits until the key opens nothing any more: two seconds at most.
async fn until_refused(gateway: &Gateway, key: &str) {
    let client = gateway.modern().with_key(key);
    let until = tokio::time::Instant::now() + Duration::from_secs(2);
    while client.rpc("tools/list", json!({})).await.status != 401 {
        assert!(tokio::time::Instant::now() < until, "it still works after two seconds");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn an_owner_sees_what_there_is_and_takes_it_back() {
    let gateway = Gateway::start(|_| {}).await;
    let key = owner(&gateway).await;
    let mut browser = signed_in(&gateway, &key).await;
    let tokens = App::registered(&gateway, LOOPBACK).await.connected(&mut browser, &key, "look").await;
    let access = tokens["access_token"].as_str().unwrap();
    let page = browser.get(HOME).await;
    for part in
        ["Acme Corp", "Olivia Owner", "Ada Admin", "Test client", "works", "Admin API", "key.create", "duo:read"]
    {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    for secret in [key.as_str(), gateway.key.as_str(), access] {
        assert!(!page.text.contains(secret));
    }
    let checked = act(&mut browser, "check", &[("connection", "main")]).await;
    assert_eq!(checked.header("location"), "/connect/manage?done=checked", "{}", checked.text);
    let grants = gateway.parts.acts.grants(&gateway.tenant.id).await.unwrap();
    let ended = act(&mut browser, "grants/revoke", &[("grant", grants[0].0.id.as_str())]).await;
    assert_eq!(ended.header("location"), "/connect/manage?done=disconnected", "{}", ended.text);
    until_refused(&gateway, access).await;
    let keys = gateway.parts.acts.keys(&gateway.tenant.id).await.unwrap();
    let revoked = act(&mut browser, "keys/revoke", &[("key", keys[0].id.as_str())]).await;
    assert_eq!(revoked.header("location"), "/connect/manage?done=revoked", "{}", revoked.text);
    until_refused(&gateway, &gateway.key).await;
    let twice = act(&mut browser, "keys/revoke", &[("key", keys[0].id.as_str())]).await;
    assert_eq!(twice.status, 422);
    Mistaken::of(&twice.text).at_page("revoked already");
    // The last owner stays; a new key ends the old one.
    let olivia = gateway.parts.acts.find_member(&gateway.tenant.id, "Olivia Owner").await.unwrap();
    let last = act(&mut browser, "members/remove", &[("member", olivia.id.as_str())]).await;
    assert_eq!(last.status, 422);
    Mistaken::of(&last.text).at_page("last owner");
    let led = act(&mut browser, "owner-key", &[]).await;
    let new = shown(&mut browser, &led).await;
    assert_eq!(Browser::new(&gateway).sign_in("/connect", &key).await.status, 403);
    assert_eq!(Browser::new(&gateway).sign_in("/connect", &new).await.status, 303);
    assert_eq!(browser.get(HOME).await.status, 200);
}

#[tokio::test]
async fn who_is_no_owner_sees_and_ends_what_is_their_own() {
    let gateway = Gateway::start(|_| {}).await;
    let owner_key = owner(&gateway).await;
    let (_, key) = member(&gateway, &gateway.tenant, "Hannah Help", Role::HelpDesk).await;
    let app = App::registered(&gateway, LOOPBACK).await;
    let mut boss = signed_in(&gateway, &owner_key).await;
    app.connected(&mut boss, &owner_key, "look").await;
    let mut browser = signed_in(&gateway, &key).await;
    let own = app.connected(&mut browser, &key, "look").await;
    let page = browser.get(HOME).await;
    assert!(page.text.contains("Hannah Help") && page.text.contains("main"), "{}", page.text);
    for part in ["Ada Admin", "Olivia Owner", "Delete everything", "key.create"] {
        assert!(!page.text.contains(part), "{part}: {}", page.text);
    }
    let grants = gateway.parts.acts.grants(&gateway.tenant.id).await.unwrap();
    let of = |name: &str| grants.iter().find(|(_, whose)| whose == name).unwrap().0.id.to_string();
    let keys = gateway.parts.acts.keys(&gateway.tenant.id).await.unwrap();
    for (form, name, value) in [
        ("grants/revoke", "grant", of("Olivia Owner")),
        ("keys/revoke", "key", keys[0].id.to_string()),
        ("invites", "role", "owner".to_owned()),
        ("delete", "name", "Acme Corp".to_owned()),
        ("check", "connection", "main".to_owned()),
    ] {
        assert_eq!(act(&mut browser, form, &[(name, &value)]).await.status, 403, "{form}");
    }
    assert_eq!(act(&mut browser, "grants/revoke", &[("grant", &of("Hannah Help"))]).await.status, 303);
    until_refused(&gateway, own["access_token"].as_str().unwrap()).await;
    assert_eq!(gateway.parts.acts.tenant(&gateway.tenant.id).await.unwrap().status, TenantStatus::Active);
}

#[tokio::test]
async fn nobody_reaches_into_another_tenant() {
    let gateway = Gateway::start(open).await;
    let (mut stranger, _) = newcomer(&gateway).await;
    let acts = &gateway.parts.acts;
    let key = acts.keys(&gateway.tenant.id).await.unwrap().remove(0);
    let ada = acts.find_member(&gateway.tenant.id, "Ada Admin").await.unwrap();
    for (form, name, value) in [
        ("keys/revoke", "key", key.id.as_str()),
        ("members/remove", "member", ada.id.as_str()),
        ("members/key", "member", ada.id.as_str()),
    ] {
        assert_eq!(act(&mut stranger, form, &[(name, value)]).await.status, 422, "{form}");
    }
    let held = gateway.modern().call("set_telephony_credits", json!({"account": "Acme", "credits": 400})).await;
    let operation = held.pending();
    for path in [format!("/connect/operations/{operation}"), "/connect/operations/op_nonsense".to_owned()] {
        assert_eq!(stranger.get(&path).await.status, 404);
    }
    let token = csrf(&stranger.get(HOME).await);
    let approve = format!("/connect/operations/{operation}/approve");
    assert_eq!(stranger.post(&approve, &[("csrf", &token)]).await.status, 404);
    assert_eq!(gateway.modern().rpc("tools/list", json!({})).await.status, 200);
    // Its own owner says yes, and it is done once.
    let (_, key) = member(&gateway, &gateway.tenant, "Olivia Owner", Role::Owner).await;
    let mut browser = signed_in(&gateway, &key).await;
    let page = browser.get(&format!("/connect/operations/{operation}")).await;
    assert!(page.text.contains("/admin/v1/billing/telephony_credits"), "{}", page.text);
    let token = csrf(&page);
    let said = browser.post(&approve, &[("csrf", &token)]).await;
    assert_eq!(said.header("location"), format!("/connect/operations/{operation}?done=approved"), "{}", said.text);
    let ended = gateway.modern().ended(&operation).await;
    assert_eq!(ended["state"], "done", "{ended}");
    let again = browser.post(&approve, &[("csrf", &token)]).await;
    assert!(again.header("location").ends_with("?done=late"));
}

#[tokio::test]
async fn deleting_everything_asks_for_the_name_and_leaves_nothing_that_opens() {
    let gateway = Gateway::start(|_| {}).await;
    let mut browser = signed_in(&gateway, &owner(&gateway).await).await;
    let wrong = act(&mut browser, "delete", &[("name", "Acme")]).await;
    assert_eq!(wrong.status, 422);
    Mistaken::of(&wrong.text).at("name", "Nothing was deleted").keeps("name", "Acme");
    let right = act(&mut browser, "delete", &[("name", "Acme Corp")]).await;
    assert_eq!((right.status, right.header("location")), (303, "/"), "{}", right.text);
    until_refused(&gateway, &gateway.key).await;
    assert_eq!(browser.get(HOME).await.header("location"), "/connect");
    assert!(gateway.parts.acts.tenant(&gateway.tenant.id).await.is_err());
    let events = gateway.parts.store.audit.list(Some(&gateway.tenant.id), None, 5).await.unwrap();
    let deleted = events.iter().find(|event| event.action == "tenant.delete").unwrap();
    assert!(matches!(&deleted.actor, Actor::Member { person, .. } if person == "Olivia Owner"));
}
