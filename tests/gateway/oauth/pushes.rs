//! A tenant that wants a push before anything is connected.

use std::time::Duration;

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::member::Role;
use duo_mcp_gateway::tenants::MemberEdit;
use reqwest::Url;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::person::{App, Browser, LOOPBACK, Landed, csrf, member};
use crate::support::client::Reply;
use crate::support::duo::Duo;
use crate::support::gateway::{CONNECTION, Gateway};
use crate::support::markup::Mistaken;

const PERSON: &str = "jdoe";

/// An owner who is `jdoe` in Duo, of a tenant that wants pushes; the owner key.
async fn strict(gateway: &Gateway) -> String {
    gateway.parts.acts.require_push(&gateway.tenant.id, true, &Actor::Console).await.unwrap();
    let (owner, key) = member(gateway, &gateway.tenant, "Olivia Owner", Role::Owner).await;
    let edit = MemberEdit { duo_username: Some(PERSON.into()), ..MemberEdit::default() };
    gateway.parts.acts.change_member(&gateway.tenant.id, &owner.id, &edit, &Actor::Console).await.unwrap();
    // What the registry has of the tenant may be from before.
    sleep(Duration::from_millis(1_100)).await;
    key
}

async fn send(browser: &mut Browser<'_>, path: &str) -> Reply {
    let page = browser.get(path).await;
    browser.post(&format!("{path}/push"), &[("csrf", &csrf(&page))]).await
}

/// The page, once it says this.
async fn until_it_says(browser: &mut Browser<'_>, path: &str, said: &str) -> Reply {
    let until = Instant::now() + Duration::from_secs(15);
    loop {
        let page = browser.get(path).await;
        if page.text.contains(said) {
            return page;
        }
        assert!(Instant::now() < until, "no `{said}`: {}", page.text);
        sleep(Duration::from_millis(50)).await;
    }
}

async fn sent(duo: &Duo) -> usize {
    duo.asked("POST", "/auth/v2/auth").await.len()
}

/// What is granted without a push, however the form is made: nothing.
async fn assert_nothing_is_granted(browser: &mut Browser<'_>, path: &str) {
    let page = browser.get(path).await;
    assert!(!page.text.contains(&format!("{path}/approve")), "{}", page.text);
    let fields = [("csrf", csrf(&page)), ("preset", "look".to_owned()), ("days", "30".to_owned())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let reply = browser.post(&format!("{path}/approve"), &fields).await;
    assert_eq!((reply.status, reply.header("location")), (303, path), "{}", reply.text);
}

async fn whole_way(gateway: &Gateway) {
    let (key, duo) = (strict(gateway).await, gateway.duo());
    let app = App::registered(gateway, LOOPBACK).await;
    duo.script(PERSON, "wait").await;
    let mut browser = Browser::new(gateway);
    let path = browser.begin(&app, None).await;
    assert_eq!(browser.sign_in(&path, &key).await.status, 303);
    let page = browser.get(&path).await;
    for said in ["Confirm on your phone", PERSON, CONNECTION, "Test client"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    assert_eq!(sent(duo).await, 0, "looking at the page sends nothing");
    assert_nothing_is_granted(&mut browser, &path).await;
    // The same form twice is one push.
    for _ in 0..2 {
        let reply = browser.post(&format!("{path}/push"), &[("csrf", &csrf(&page))]).await;
        assert_eq!((reply.status, reply.header("location")), (303, path.as_str()), "{}", reply.text);
    }
    let waiting = browser.get(&path).await;
    assert!(waiting.text.contains("Look at your phone"), "{}", waiting.text);
    assert_eq!(waiting.headers.get("refresh"), None, "it does not reload itself");
    assert_nothing_is_granted(&mut browser, &path).await;
    let asked = duo.asked("POST", "/auth/v2/auth").await;
    assert_eq!(asked.len(), 1);
    let shown = Url::parse(&format!("http://phone/?{}", asked[0]["params"]["pushinfo"].as_str().unwrap())).unwrap();
    let shown: Vec<_> = shown.query_pairs().into_owned().collect();
    assert_eq!(shown[0], ("Asked by".to_owned(), "Olivia Owner".to_owned()));
    assert_eq!(shown[1], ("Reason".to_owned(), "Connect Test client at 127.0.0.1".to_owned()));
    duo.press(PERSON, "approve").await;
    until_it_says(&mut browser, &path, "use Duo for you?").await;
    let landed = Landed::of(&browser.approve(&path, "look").await);
    assert_eq!(app.redeem(gateway, landed.one("code").unwrap()).await.status, 200);
    // The yes was for this request and no other, though the same member sits in the same browser.
    let path = browser.begin(&app, None).await;
    assert!(browser.get(&path).await.text.contains("Confirm on your phone"));
    assert_nothing_is_granted(&mut browser, &path).await;
    let rows = gateway.parts.store.audit.list(Some(&gateway.tenant.id), None, 100).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.action == "member.prove").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_connected_before_the_phone_said_yes() {
    whole_way(&Gateway::start(|_| {}).await).await;
    whole_way(&Gateway::on_postgres(|_| {}).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_on_the_phone_connects_nothing_and_leaves_the_person_alone() {
    let gateway = Gateway::start(|_| {}).await;
    let (key, duo) = (strict(&gateway).await, gateway.duo());
    let app = App::registered(&gateway, LOOPBACK).await;
    duo.script(PERSON, "deny").await;
    let mut browser = Browser::new(&gateway);
    let path = browser.begin(&app, None).await;
    browser.sign_in(&path, &key).await;
    assert_eq!(send(&mut browser, &path).await.status, 303);
    until_it_says(&mut browser, &path, "The push was denied").await;
    assert_nothing_is_granted(&mut browser, &path).await;
    let again = send(&mut browser, &path).await;
    assert_eq!(again.status, 429, "{}", again.text);
    assert!(again.header("retry-after").parse::<u64>().unwrap() > 60);
    Mistaken::of(&again.text).at_form(&format!("{path}/push"), "The next can be sent after");
    assert_eq!(sent(duo).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_duo_or_without_a_phone_it_stays_shut() {
    let gateway = Gateway::start(|_| {}).await;
    let (key, duo) = (strict(&gateway).await, gateway.duo());
    let app = App::registered(&gateway, LOOPBACK).await;
    let mut browser = Browser::new(&gateway);
    let path = browser.begin(&app, None).await;
    browser.sign_in(&path, &key).await;
    duo.fault(json!({ "kind": "reset", "times": 50 })).await;
    let away = send(&mut browser, &path).await;
    assert_eq!(away.status, 503, "{}", away.text);
    Mistaken::of(&away.text).at_form(&format!("{path}/push"), "Duo cannot be reached now");
    assert_nothing_is_granted(&mut browser, &path).await;
    duo.control("DELETE", "faults", None).await;
    assert_eq!(sent(duo).await, 0);
    // Somebody whom Duo does not know.
    let (_, stranger) = member(&gateway, &gateway.tenant, "Stan Stranger", Role::HelpDesk).await;
    let mut browser = Browser::new(&gateway);
    let path = browser.begin(&app, None).await;
    browser.sign_in(&path, &stranger).await;
    let unknown = send(&mut browser, &path).await;
    assert_eq!(unknown.status, 409, "{}", unknown.text);
    Mistaken::of(&unknown.text).at_form(&format!("{path}/push"), "You are not known in Duo");
    assert_nothing_is_granted(&mut browser, &path).await;
    assert_eq!(sent(duo).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_made_before_the_phone_said_yes() {
    let gateway = Gateway::start(|_| {}).await;
    let (key, duo) = (strict(&gateway).await, gateway.duo());
    duo.script(PERSON, "wait").await;
    let mut browser = Browser::new(&gateway);
    assert_eq!(browser.sign_in("/connect", &key).await.status, 303);
    let make = async |browser: &mut Browser<'_>| {
        let token = csrf(&browser.get("/connect/done").await);
        let fields = [("csrf", token.as_str()), ("name", "Codex"), ("preset", "look"), ("days", "30")];
        browser.post("/connect/done/key", &fields).await
    };
    let before = gateway.parts.acts.keys(&gateway.tenant.id).await.unwrap().len();
    assert!(browser.get("/connect/done").await.text.contains("href=\"/connect/confirm\""));
    assert_eq!(make(&mut browser).await.header("location"), "/connect/confirm");
    let page = browser.get("/connect/confirm").await;
    for said in ["Confirm on your phone", PERSON, CONNECTION] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    assert_eq!(send(&mut browser, "/connect/confirm").await.header("location"), "/connect/confirm");
    assert!(browser.get("/connect/confirm").await.text.contains("Look at your phone"));
    assert_eq!(make(&mut browser).await.header("location"), "/connect/confirm");
    duo.press(PERSON, "approve").await;
    assert_eq!(browser.get("/connect/confirm/push").await.header("location"), "/connect/confirm");
    assert_eq!(browser.get("/connect/confirm").await.header("location"), "/connect/done#key");
    // The yes was for this session and no other, though the same member sits there.
    let mut other = Browser::new(&gateway);
    assert_eq!(other.sign_in("/connect", &key).await.status, 303);
    assert_eq!(make(&mut other).await.header("location"), "/connect/confirm");
    assert_eq!(gateway.parts.acts.keys(&gateway.tenant.id).await.unwrap().len(), before);
    assert_eq!(make(&mut browser).await.header("location"), "/connect/key");
    assert_eq!(gateway.parts.acts.keys(&gateway.tenant.id).await.unwrap().len(), before + 1);
    assert_eq!(sent(duo).await, 1);
    // Who has the owner key and not the phone takes neither the rule away nor points it elsewhere.
    let manage = async |browser: &mut Browser<'_>, form: &str, fields: &[(&str, &str)]| {
        let token = csrf(&browser.get("/connect/manage").await);
        let all: Vec<_> = fields.iter().copied().chain([("csrf", token.as_str())]).collect();
        browser.post(&format!("/connect/manage/{form}"), &all).await.header("location").to_owned()
    };
    let olivia = gateway.parts.acts.find_member(&gateway.tenant.id, "Olivia Owner").await.unwrap();
    let other_phone =
        [("member", olivia.id.as_str()), ("role", "owner"), ("is_person", "yes"), ("duo_username", "lking")];
    assert_eq!(manage(&mut other, "rules", &[("preset", "everything")]).await, "/connect/confirm");
    assert_eq!(manage(&mut other, "members/change", &other_phone).await, "/connect/confirm");
    assert!(gateway.parts.acts.tenant(&gateway.tenant.id).await.unwrap().require_push);
    assert_eq!(manage(&mut browser, "rules", &[("preset", "everything")]).await, "/connect/manage?done=changed");
    assert!(!gateway.parts.acts.tenant(&gateway.tenant.id).await.unwrap().require_push);
}
