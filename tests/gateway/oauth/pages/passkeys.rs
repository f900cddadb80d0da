//! Passkeys on the pages: added, signed in by, refused, removed.

use duo_mcp_gateway::config::Settings;
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::member::Role;
use serde_json::Value;

use super::super::person::{App, Browser, LOOPBACK, Landed, csrf, member, owner};
use crate::support::authenticator::Authenticator;
use crate::support::client::Reply;
use crate::support::gateway::Gateway;
use crate::support::markup::Mistaken;

const ORIGIN: &str = "http://localhost:8080";
const NEW: &str = "/connect/manage/passkeys/new";
const SCRIPT: &str = "<script src=\"/assets/passkeys.js\" defer></script>";

/// People reach it by a name.
fn named(settings: &mut Settings) {
    settings.server.public.url = Some(ORIGIN.to_owned());
}

/// What a page puts to the browser: the question, and what comes back with the answer.
pub(super) fn question(page: &Reply) -> (String, String) {
    let part = |before: &str| {
        let after = page.text.split(before).nth(1).unwrap_or_else(|| panic!("no {before}: {}", page.text));
        after.split('"').next().unwrap().replace("&#34;", "\"").replace("&#39;", "'").replace("&#38;", "&")
    };
    (part("data-options=\""), part("name=\"state\" value=\""))
}

async fn signed_in<'a>(gateway: &'a Gateway, key: &str) -> Browser<'a> {
    let mut browser = Browser::new(gateway);
    assert_eq!(browser.sign_in("/connect", key).await.status, 303);
    browser
}

/// Adds a passkey by the page.
async fn add(browser: &mut Browser<'_>, device: &mut Authenticator, name: &str) -> Reply {
    let page = browser.get(NEW).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let (options, state) = question(&page);
    let answer = device.make(&options);
    browser.post(NEW, &[("csrf", &csrf(&page)), ("state", &state), ("answer", &answer), ("name", name)]).await
}

/// Answers the question of this page at this form.
async fn touch(browser: &mut Browser<'_>, page: &Reply, to: &str, device: &mut Authenticator) -> Reply {
    let (options, state) = question(page);
    let answer = device.sign(&options);
    browser.post(to, &[("csrf", &csrf(page)), ("state", &state), ("answer", &answer)]).await
}

fn policy(page: &Reply) -> &str {
    page.header("content-security-policy")
}

#[tokio::test]
async fn a_member_adds_a_passkey_and_comes_in_by_it_with_a_client_and_without() {
    let gateway = Gateway::start(named).await;
    let mut browser = signed_in(&gateway, &owner(&gateway).await).await;
    let done = browser.get("/connect/done").await;
    assert!(done.text.contains(NEW), "{}", done.text);
    let mut device = Authenticator::at(ORIGIN);
    let kept = add(&mut browser, &mut device, "Olivia's laptop").await;
    assert_eq!(kept.header("location"), "/connect/manage?done=passkey#passkeys", "{}", kept.text);
    let manage = browser.get("/connect/manage").await;
    assert!(manage.text.contains("Olivia&#39;s laptop"), "{}", manage.text);

    let mut other = Browser::new(&gateway);
    let door = other.get("/connect").await;
    let arrived = touch(&mut other, &door, "/connect/passkey", &mut device).await;
    assert_eq!(arrived.header("location"), "/connect/done", "{}", arrived.text);
    assert!(other.get("/connect/done").await.text.contains("Olivia Owner"));

    let app = App::registered(&gateway, LOOPBACK).await;
    let mut third = Browser::new(&gateway);
    let path = third.begin(&app, None).await;
    let page = third.get(&path).await;
    let arrived = touch(&mut third, &page, &format!("{path}/passkey"), &mut device).await;
    assert_eq!(arrived.header("location"), path, "{}", arrived.text);
    let landed = Landed::of(&third.approve(&path, "look").await);
    let tokens = app.redeem(&gateway, landed.one("code").unwrap()).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);
}

#[tokio::test]
async fn a_page_runs_our_one_script_where_it_asks_for_a_passkey_and_none_elsewhere() {
    let gateway = Gateway::start(named).await;
    let mut browser = Browser::new(&gateway);
    let app = App::registered(&gateway, LOOPBACK).await;
    let path = browser.begin(&app, None).await;
    let asked = browser.get(&path).await;
    assert!(policy(&asked).contains("form-action 'self' http://127.0.0.1:53123"), "{}", policy(&asked));
    let mut asking = vec![asked, browser.get("/connect").await];
    let mut member = signed_in(&gateway, &owner(&gateway).await).await;
    asking.extend([member.get(NEW).await, member.get("/connect/again").await]);
    for page in &asking {
        assert!(policy(page).starts_with("default-src 'none'") && policy(page).ends_with("; script-src 'self'"));
        assert_eq!(page.text.matches("<script").count(), 1, "{}", page.text);
        assert!(page.text.contains(SCRIPT), "{}", page.text);
        // Without the script nobody sees a button that does nothing.
        let form = page.text.split("<form").find(|form| form.contains("data-options")).unwrap();
        assert!(form.split('>').next().unwrap().ends_with(" hidden"), "{form}");
    }
    let mut others = vec![browser.get("/").await, browser.get("/connect/new").await];
    others.extend([member.get("/connect/done").await, member.get("/connect/manage").await]);
    for page in &others {
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(!policy(page).contains("script-src") && !page.text.contains("<script"), "{}", page.text);
    }
    let script = gateway.get("/assets/passkeys.js").await;
    assert_eq!((script.status, script.header("content-type")), (200, "text/javascript; charset=utf-8"));
}

#[tokio::test]
async fn a_passkey_that_does_not_work_says_so_and_guessing_ends() {
    let gateway = Gateway::start(named).await;
    let mut browser = signed_in(&gateway, &owner(&gateway).await).await;
    let mut device = Authenticator::at(ORIGIN);
    add(&mut browser, &mut device, "Laptop").await;
    // The question of one browser in another.
    let (mut one, mut two) = (Browser::new(&gateway), Browser::new(&gateway));
    let (theirs, own) = (one.get("/connect").await, two.get("/connect").await);
    let (options, state) = question(&theirs);
    let answer = device.sign(&options);
    let stolen = two.post("/connect/passkey", &[("csrf", &csrf(&own)), ("state", &state), ("answer", &answer)]).await;
    assert!(stolen.status == 403 && stolen.text.contains("took too long"), "{}", stolen.text);
    let token = csrf(&theirs);
    let fields: [(&str, &str); 3] = [("csrf", &token), ("state", &state), ("answer", &answer)];
    assert_eq!(one.post("/connect/passkey", &fields).await.status, 303);
    // Sent again, by a browser that is signed out by now.
    one.cookies.retain(|(name, _)| name != "duo_mcp_member");
    let again = one.post("/connect/passkey", &fields).await;
    assert!(again.status == 403 && again.text.contains("sent twice"), "{}", again.text);
    let foreign = one.post("/connect/passkey", &[("state", &state), ("answer", &answer)]).await;
    assert_eq!(foreign.status, 403, "{}", foreign.text);

    let mut elsewhere = Authenticator { origin: "http://localhost:8081".into(), ..device.clone() };
    for _ in 0..10 {
        let page = two.get("/connect").await;
        let refused = touch(&mut two, &page, "/connect/passkey", &mut elsewhere).await;
        assert_eq!(refused.status, 403, "{}", refused.text);
        Mistaken::of(&refused.text).at_form("/connect/passkey", "does not work here");
        assert!(two.cookie_of("duo_mcp_member").is_none());
    }
    let page = two.get("/connect").await;
    let waiting = touch(&mut two, &page, "/connect/passkey", &mut device).await;
    assert_eq!(waiting.status, 429, "{}", waiting.text);
}

#[tokio::test]
async fn a_question_of_one_replica_is_answered_at_another() {
    let gateway = Gateway::on_postgres(named).await;
    let replica = gateway.replica().await;
    let mut browser = signed_in(&gateway, &owner(&gateway).await).await;
    let mut device = Authenticator::at(ORIGIN);
    let page = browser.get(NEW).await;
    let (options, state) = question(&page);
    let answer = device.make(&options);
    let token = csrf(&page);
    let fields: [(&str, &str); 3] = [("csrf", &token), ("state", &state), ("answer", &answer)];
    assert_eq!(browser.at(&replica).post(NEW, &fields).await.status, 303);
    let mut other = Browser::new(&gateway);
    let page = other.get("/connect").await;
    let (options, state) = question(&page);
    let answer = device.sign(&options);
    let token = csrf(&page);
    let fields: [(&str, &str); 3] = [("csrf", &token), ("state", &state), ("answer", &answer)];
    let (mut here, mut there) = (other.at(&gateway), other.at(&replica));
    let outcomes = tokio::join!(here.post("/connect/passkey", &fields), there.post("/connect/passkey", &fields));
    let mut statuses = [outcomes.0.status, outcomes.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 403], "taken once, on whichever");
}

#[tokio::test]
async fn once_more_is_for_the_same_member() {
    let gateway = Gateway::start(named).await;
    let mut olivia = signed_in(&gateway, &owner(&gateway).await).await;
    let (_, key) = member(&gateway, &gateway.tenant, "Hannah Help", Role::HelpDesk).await;
    let mut hannah = signed_in(&gateway, &key).await;
    let (mut hers, mut own) = (Authenticator::at(ORIGIN), Authenticator::at(ORIGIN));
    add(&mut hannah, &mut hers, "Phone").await;
    add(&mut olivia, &mut own, "Laptop").await;
    let before = olivia.cookie_of("duo_mcp_member").unwrap().to_owned();
    let page = olivia.get("/connect/again").await;
    let refused = touch(&mut olivia, &page, "/connect/again/passkey", &mut hers).await;
    assert_eq!(refused.status, 403);
    Mistaken::of(&refused.text).at_form("/connect/again/passkey", "another member");
    assert_eq!(olivia.cookie_of("duo_mcp_member"), Some(before.as_str()));
    let page = olivia.get("/connect/again").await;
    let again = touch(&mut olivia, &page, "/connect/again/passkey", &mut own).await;
    assert_eq!(again.header("location"), "/connect/manage", "{}", again.text);
    assert_ne!(olivia.cookie_of("duo_mcp_member"), Some(before.as_str()));
    // Hannah sees her own, Olivia both.
    let seen = hannah.get("/connect/manage").await;
    assert!(seen.text.contains("Phone") && !seen.text.contains("Laptop"), "{}", seen.text);
    let seen = olivia.get("/connect/manage").await;
    assert!(seen.text.contains("Phone") && seen.text.contains("Laptop"), "{}", seen.text);
}

#[tokio::test]
async fn a_passkey_is_removed_by_its_holder_an_owner_or_an_operator() {
    let gateway = Gateway::start(named).await;
    let mut olivia = signed_in(&gateway, &owner(&gateway).await).await;
    let (_, key) = member(&gateway, &gateway.tenant, "Hannah Help", Role::HelpDesk).await;
    let mut hannah = signed_in(&gateway, &key).await;
    let acts = &gateway.parts.acts;
    let newest = async || acts.passkeys(&gateway.tenant.id, None).await.unwrap().pop().unwrap().id;
    let mut device = Authenticator::at(ORIGIN);
    add(&mut olivia, &mut device, "Laptop").await;
    let laptop = newest().await;
    let remove = async |browser: &mut Browser<'_>, id: &str| {
        let token = csrf(&browser.get("/connect/manage").await);
        browser.post("/connect/manage/passkeys/remove", &[("csrf", &token), ("passkey", id)]).await
    };
    let refused = remove(&mut hannah, laptop.as_str()).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    // Who came in by it goes with it.
    let mut other = Browser::new(&gateway);
    let page = other.get("/connect").await;
    assert_eq!(touch(&mut other, &page, "/connect/passkey", &mut device).await.status, 303);
    let removed = remove(&mut olivia, laptop.as_str()).await;
    assert_eq!(removed.header("location"), "/connect/manage?done=passkey_removed", "{}", removed.text);
    assert_eq!(other.get("/connect/manage").await.header("location"), "/connect");
    let page = other.get("/connect").await;
    assert_eq!(touch(&mut other, &page, "/connect/passkey", &mut device).await.status, 403);

    add(&mut hannah, &mut Authenticator::at(ORIGIN), "Phone").await;
    assert_eq!(remove(&mut olivia, newest().await.as_str()).await.status, 303);
    add(&mut hannah, &mut Authenticator::at(ORIGIN), "Tablet").await;
    let (operator, _) = gateway.parts.operators.bootstrap("Olga").await.unwrap().unwrap();
    let path = gateway.admin_url("/admin/v1/tenants/acme-corp/passkeys");
    let listed = Reply::of(gateway.http().get(&path).bearer_auth(operator.expose())).await.json();
    let row: &Value = &listed["items"][0];
    assert_eq!((&row["name"], row.get("last_used_at")), (&Value::from("Tablet"), None), "{listed}");
    assert!(row.get("credential").is_none() && row["member"].as_str().unwrap().starts_with("mem_"), "{listed}");
    let one = format!("{path}/{}", row["id"].as_str().unwrap());
    for status in [204, 404] {
        let removed = Reply::of(gateway.http().delete(&one).bearer_auth(operator.expose())).await;
        assert_eq!(removed.status, status, "{}", removed.text);
    }
    assert!(acts.passkeys(&gateway.tenant.id, None).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_is_of_a_suspended_tenant_is_told_after_the_signature_only() {
    let gateway = Gateway::start(named).await;
    let mut browser = signed_in(&gateway, &owner(&gateway).await).await;
    let mut device = Authenticator::at(ORIGIN);
    add(&mut browser, &mut device, "Laptop").await;
    gateway.parts.acts.suspend_tenant(&gateway.tenant.id, &Actor::Console).await.unwrap();
    let mut other = Browser::new(&gateway);
    let page = other.get("/connect").await;
    let mut forged =
        Authenticator { id: device.id.clone(), handle: device.handle.clone(), ..Authenticator::at(ORIGIN) };
    assert_eq!(touch(&mut other, &page, "/connect/passkey", &mut forged).await.status, 403);
    let told = touch(&mut other, &page, "/connect/passkey", &mut device).await;
    assert!(told.status == 403 && told.text.contains("suspended"), "{}", told.text);
    assert!(other.cookie_of("duo_mcp_member").is_none());
}

#[tokio::test]
async fn where_people_type_an_address_no_passkey_is_offered_and_manage_says_why() {
    let gateway = Gateway::start(|_| {}).await;
    let mut browser = signed_in(&gateway, &owner(&gateway).await).await;
    for path in ["/connect/again", "/connect/done"] {
        let page = browser.get(path).await;
        assert!(page.status == 200 && !page.text.to_lowercase().contains("passkey"), "{path}: {}", page.text);
        assert!(!policy(&page).contains("script-src"));
    }
    let door = Browser::new(&gateway).get("/connect").await;
    assert!(!door.text.contains("<script") && !door.text.contains("passkey"), "{}", door.text);
    let manage = browser.get("/connect/manage").await;
    assert!(manage.text.contains("no passkeys here") && manage.text.contains("server.public.url"), "{}", manage.text);
    assert_eq!(browser.get(NEW).await.status, 404);
}
