//! A secret is shown once, to whom it is for, and stands in no address.

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::member::Role;
use duo_mcp_gateway::domain::scope::Scopes;

use super::super::person::{Browser, csrf, owner};
use super::subscriber::{ALL_THREE, newcomer, open, send, shown, typed};
use crate::support::gateway::Gateway;
use crate::support::markup::Mistaken;

#[tokio::test]
async fn it_is_shown_once_and_its_key_signs_in() {
    let gateway = Gateway::start(open).await;
    let mut browser = Browser::new(&gateway);
    let led = send(&mut browser, "/connect/new", &typed(&gateway, &ALL_THREE)).await;
    assert!(!led.header("location").contains("dgo_"));
    let sealed = browser.cookie_of("duo_mcp_once").unwrap().to_owned();
    assert!(!sealed.contains("dgo_"));
    let key = shown(&mut browser, &led).await;
    let again = browser.get("/connect/key").await;
    assert!(again.status == 410 && !again.text.contains(&key), "{}", again.text);
    // Somebody else who has the cookie, and is signed in elsewhere, is shown nothing.
    let (mut other, _) = newcomer(&gateway).await;
    other.cookies.retain(|(name, _)| name != "duo_mcp_once");
    other.cookies.push(("duo_mcp_once".to_owned(), sealed.clone()));
    let page = other.get("/connect/key").await;
    assert!(page.status == 410 && !page.text.contains(&key), "{}", page.text);
    // Nor is who is not signed in.
    let mut nobody = Browser::new(&gateway);
    nobody.cookies.push(("duo_mcp_once".to_owned(), sealed));
    assert_eq!(nobody.get("/connect/key").await.header("location"), "/connect");
    let mut later = Browser::new(&gateway);
    let signed_in = later.sign_in("/connect", &key).await;
    assert_eq!((signed_in.status, signed_in.header("location")), (303, "/connect/done"), "{}", signed_in.text);
    assert!(later.get("/connect/done").await.text.contains("Nora New"));
}

#[tokio::test]
async fn who_comes_by_an_invite_gets_a_key_to_come_back_with() {
    let gateway = Gateway::start(|_| {}).await;
    let made =
        gateway.parts.acts.create_invite(Some(&gateway.tenant.id), Role::HelpDesk, Scopes::all(), &Actor::Console);
    let invite = made.await.unwrap().1.expose().to_owned();
    let mut browser = Browser::new(&gateway);
    let page = browser.get("/connect").await;
    let fields = [("csrf", csrf(&page)), ("invite", invite), ("name", "Hannah Help".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let led = browser.post("/connect/join", &fields).await;
    let key = shown(&mut browser, &led).await;
    let done = browser.get("/connect/done").await;
    assert!(done.text.contains("Hannah Help") && !done.text.contains("Make a key"), "{}", done.text);
    let mut later = Browser::new(&gateway);
    assert_eq!(later.sign_in("/connect", &key).await.status, 303);
    // The invite worked once.
    let page = Browser::new(&gateway).get("/connect").await;
    assert_eq!(page.status, 200);
    let mut other = Browser::new(&gateway);
    let page = other.get("/connect").await;
    let token = csrf(&page);
    let again = other.post("/connect/join", &[("csrf", &token), ("invite", fields[1].1), ("name", "Other")]).await;
    assert_eq!(again.status, 403, "{}", again.text);
    Mistaken::of(&again.text).at("invite", "does not work any more").keeps("name", "Other").hides(fields[1].1);
}

#[tokio::test]
async fn an_owner_makes_a_key_that_works_and_a_foreign_form_makes_none() {
    let gateway = Gateway::start(|_| {}).await;
    let key = owner(&gateway).await;
    let mut browser = Browser::new(&gateway);
    assert_eq!(browser.sign_in("/connect", &key).await.status, 303);
    let page = browser.get("/connect/done").await;
    let token = csrf(&page);
    let fields = |token| [("csrf", token), ("name", "Laptop"), ("preset", "look"), ("days", "30")];
    let led = browser.post("/connect/done/key", &fields(&token)).await;
    assert_eq!((led.status, led.header("location")), (303, "/connect/key"), "{}", led.text);
    let page = browser.get("/connect/key").await;
    let made = page.text.split("<code>dgk_").nth(1).unwrap().split('<').next().unwrap();
    let made = format!("dgk_{made}");
    // What to paste has the key in it; what to click has not.
    assert!(page.text.contains(&format!("Bearer {made}")), "{}", page.text);
    for link in page.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(!link.contains("dgk_"), "{link}");
    }
    let client = gateway.modern().with_key(&made);
    assert_eq!(client.call("get_context", serde_json::json!({})).await.structured()["person"], "Olivia Owner");
    // Threat 27: without the page's token, with that of another browser, and after signing out.
    let mut other = Browser::new(&gateway);
    let foreign = csrf(&other.get("/connect").await);
    for wrong in ["", "x", &foreign] {
        assert_eq!(browser.post("/connect/done/key", &fields(wrong)).await.status, 403);
    }
    let out = browser.post("/connect/sign-out", &[("csrf", &token)]).await;
    assert_eq!((out.status, out.header("location")), (303, "/"));
    assert_eq!(browser.post("/connect/done/key", &fields(&token)).await.header("location"), "/connect");
    assert_eq!(gateway.parts.acts.keys(&gateway.tenant.id).await.unwrap().len(), 2);
}
