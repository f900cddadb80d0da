//! Somebody new: keys checked live, mistakes at fields, nothing opened.

use duo_mcp_gateway::config::{SelfService, Settings};
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::member::Role;
use duo_mcp_gateway::domain::scope::Scopes;
use serde_json::json;

use super::super::person::{App, Browser, LOOPBACK, Landed, csrf, owner};
use super::subscriber::{ALL_THREE, newcomer, open, send, set, shown, typed};
use crate::support::gateway::Gateway;
use crate::support::markup::Mistaken;

async fn tenants(gateway: &Gateway) -> usize {
    gateway.parts.store.tenants.list(None, 100).await.unwrap().len()
}

#[tokio::test]
async fn from_a_pasted_address_to_an_answer_in_four_screens_for_who_is_new_and_two_for_who_is_known() {
    let gateway = Gateway::start(open).await;
    let app = App::registered(&gateway, LOOPBACK).await;
    let mut browser = Browser::new(&gateway);
    let path = browser.begin(&app, None).await;
    // 1: sign in, or new here. 2: the keys. 3: the owner key, once. 4: consent.
    let first = browser.get(&path).await;
    assert!(first.text.contains(&format!("href=\"{path}/new\"")), "{}", first.text);
    let led = send(&mut browser, &format!("{path}/new"), &typed(&gateway, &ALL_THREE)).await;
    assert_eq!((led.status, led.header("location")), (303, "/connect/key"), "{}", led.text);
    let third = browser.get("/connect/key").await;
    assert!(third.text.contains("dgo_") && third.text.contains(&format!("href=\"{path}\"")), "{}", third.text);
    let landed = Landed::of(&browser.approve(&path, "look").await);
    let tokens = app.redeem(&gateway, landed.one("code").unwrap()).await.json();
    let client = gateway.modern().with_key(tokens["access_token"].as_str().unwrap());
    let answer = client.call("list_users", json!({"limit": 1})).await;
    assert_eq!(answer.structured()["returned"], 1);
    let context = client.call("get_context", json!({})).await;
    assert_eq!(context.structured()["person"], "Nora New");
    // Known, in another browser: sign in, consent.
    let key = owner(&gateway).await;
    let mut known = Browser::new(&gateway);
    let path = known.begin(&app, None).await;
    let signed_in = known.sign_in(&path, &key).await;
    assert_eq!((signed_in.status, signed_in.header("location")), (303, path.as_str()));
    Landed::of(&known.approve(&path, "look").await);
}

/// The fields that are set, where it is told, and a word of what is told.
type Case<'a> = (Vec<(&'a str, &'a str)>, &'a str, &'a str);

#[tokio::test]
async fn each_mistake_is_told_at_its_field_and_nothing_is_kept_of_it() {
    let gateway = Gateway::start(|settings: &mut Settings| {
        open(settings);
        settings.net.egress_addresses = vec!["203.0.113.7".parse().unwrap()];
    })
    .await;
    let before = tenants(&gateway).await;
    let duo = gateway.duo();
    let (auth, admin) = (duo.application("Auth API"), duo.application("Admin API"));
    let wrong_secret = "x".repeat(40);
    let cases: Vec<Case<'_>> = vec![
        (vec![("admin_ikey", &admin.skey), ("admin_skey", &admin.ikey)], "admin_ikey", "swapped"),
        (vec![("admin_ikey", "DI123")], "admin_ikey", "20 characters"),
        (vec![("admin_ikey", &admin.skey)], "admin_ikey", "looks like a secret key"),
        (vec![("admin_skey", &admin.ikey)], "admin_skey", "looks like an integration key"),
        (vec![("admin_ikey", "DIXXXXXXXXXXXXXXXXXX")], "admin_ikey", "does not know this integration key"),
        (vec![("admin_skey", &wrong_secret)], "admin_skey", "does not belong"),
        (vec![("admin_ikey", &auth.ikey), ("admin_skey", &auth.skey)], "admin_ikey", "another kind of application"),
        (vec![("host", "https://api-12345678.duosecurity.com/")], "host", "URL"),
        (vec![("host", "evil.example.com")], "host", "Not an API hostname"),
        (vec![("owner", " ")], "owner", "characters"),
        (vec![("tenant", "a\u{202e}b")], "tenant", "characters"),
    ];
    for (n, (changes, place, told)) in cases.into_iter().enumerate() {
        let mut browser = Browser::new(&gateway);
        let mut fields = typed(&gateway, &ALL_THREE);
        for (name, value) in &changes {
            set(&mut fields, name, value);
        }
        let page = send(&mut browser, "/connect/new", &fields).await;
        assert_eq!(page.status, 422, "{n}: {}", page.text);
        let told = Mistaken::of(&page.text).at(place, told).hides(&auth.skey).hides(&admin.skey).hides(&wrong_secret);
        let typed = |name: &str| fields.iter().find(|(own, _)| own == name).unwrap().1.clone();
        let told = ["tenant", "owner", "host"].iter().fold(told, |told, name| told.keeps(name, &typed(name)));
        told.keeps("accounts_ikey", &typed("accounts_ikey"));
    }
    // What Duo allows nothing: the addresses to admit are said.
    duo.fault(json!({"kind": "status", "status": 403, "path": "/auth/v2/check"})).await;
    let page = send(&mut Browser::new(&gateway), "/connect/new", &typed(&gateway, &[("auth", "Auth API")])).await;
    Mistaken::of(&page.text).at("auth_ikey", "203.0.113.7");
    let none = send(&mut Browser::new(&gateway), "/connect/new", &typed(&gateway, &[])).await;
    assert_eq!(none.status, 422);
    Mistaken::of(&none.text).at_form("/connect/new", "at least one application").keeps("owner", "Nora New");
    assert_eq!(tenants(&gateway).await, before);
    // One application is enough; a grant that is missing is said and does not stand in the way.
    let mut browser = Browser::new(&gateway);
    let led = send(&mut browser, "/connect/new", &typed(&gateway, &[("admin", "Admin API (read only)")])).await;
    assert_eq!(led.status, 303, "{}", led.text);
    let page = browser.get("/connect/key").await;
    assert!(page.text.contains("Grant read log"), "{}", page.text);
    assert_eq!(tenants(&gateway).await, before + 1);
}

#[tokio::test]
async fn threat_62_a_duo_key_opens_no_tenant_that_exists() {
    let gateway = Gateway::start(open).await;
    let seen = async || {
        let tenant = &gateway.tenant.id;
        let acts = &gateway.parts.acts;
        let members: Vec<_> = acts.members(tenant).await.unwrap();
        (acts.tenant(tenant).await.unwrap().revision, members, acts.keys(tenant).await.unwrap().len())
    };
    let before = seen().await;
    // The very keys that the tenant has.
    let (mut stranger, _) = newcomer(&gateway).await;
    assert_eq!(seen().await, before);
    let page = stranger.get("/connect/manage").await;
    assert!(page.text.contains("Newcomers Ltd") && !page.text.contains("Acme Corp"), "{}", page.text);
    assert!(!page.text.contains("Ada Admin"), "{}", page.text);
    // Nothing tells a stranger that the account was known: the answer is the one that anybody gets.
    let (again, _) = newcomer(&gateway).await;
    assert!(again.cookie_of("duo_mcp_member").is_some());
    assert_eq!(tenants(&gateway).await, 3);
}

#[tokio::test]
async fn threat_36_the_sixth_wrong_key_from_one_place_is_not_taken_to_duo() {
    let gateway = Gateway::start(open).await;
    let mut browser = Browser::new(&gateway);
    for n in 0..6_u8 {
        let mut fields = typed(&gateway, &[("auth", "Auth API")]);
        // Each time another key, so that it is the place that is counted.
        set(&mut fields, "auth_ikey", &format!("DIXXXXXXXXXXXXXXXXX{n}"));
        gateway.duo().forget().await;
        let page = send(&mut browser, "/connect/new", &fields).await;
        let asked = gateway.duo().record().await.len();
        match n {
            0..5 => assert!(page.status == 422 && asked == 1, "{n}: {} {asked}", page.status),
            _ => assert!(page.status == 429 && asked == 0, "{n}: {} {asked}", page.status),
        }
    }
}

#[tokio::test]
async fn self_service_is_by_invite_unless_the_settings_say_otherwise() {
    let gateway = Gateway::start(|_| {}).await;
    let acts = &gateway.parts.acts;
    let invite = async |tenant| {
        let made = acts.create_invite(tenant, Role::HelpDesk, Scopes::all(), &Actor::Console).await.unwrap();
        made.1.expose().to_owned()
    };
    let (founding, joining) = (invite(None).await, invite(Some(&gateway.tenant.id)).await);
    let before = tenants(&gateway).await;
    gateway.duo().forget().await;
    for wrong in ["", "dgi_nonsense", &joining] {
        let mut fields = typed(&gateway, &ALL_THREE);
        set(&mut fields, "invite", wrong);
        let page = send(&mut Browser::new(&gateway), "/connect/new", &fields).await;
        assert_eq!(page.status, 422, "{wrong}");
        Mistaken::of(&page.text).at("invite", "does not work");
        assert!(wrong.is_empty() || !page.text.contains(wrong), "an invite is shown again");
    }
    // Nobody asked Duo for a stranger.
    assert!(gateway.duo().record().await.is_empty());
    let mut fields = typed(&gateway, &ALL_THREE);
    set(&mut fields, "invite", &founding);
    let mut browser = Browser::new(&gateway);
    let led = send(&mut browser, "/connect/new", &fields).await;
    assert!(shown(&mut browser, &led).await.starts_with("dgo_"));
    let page = send(&mut Browser::new(&gateway), "/connect/new", &fields).await;
    assert_eq!(page.status, 422);
    Mistaken::of(&page.text).at("invite", "does not work");
    assert_eq!(tenants(&gateway).await, before + 1);
}

#[tokio::test]
async fn switched_off_nobody_new_is_taken_in() {
    let gateway = Gateway::start(|settings| settings.self_service = SelfService::Off).await;
    let mut browser = Browser::new(&gateway);
    let page = browser.get("/connect").await;
    assert!(!page.text.contains("/connect/new"), "{}", page.text);
    assert_eq!(browser.get("/connect/new").await.status, 403);
    let fields = typed(&gateway, &ALL_THREE);
    let mut all: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let token = csrf(&page);
    all.push(("csrf", &token));
    assert_eq!(browser.post("/connect/new", &all).await.status, 403);
    assert_eq!(tenants(&gateway).await, 1);
}
