//! Somebody in front of the pages who brings a Duo account.

use duo_mcp_gateway::config::{SelfService, Settings};

use super::super::person::{Browser, csrf};
use crate::support::client::Reply;
use crate::support::gateway::Gateway;

/// Anybody may bring a Duo account.
pub(super) fn open(settings: &mut Settings) {
    settings.self_service = SelfService::Open;
}

/// What somebody new types, with the keys of the simulated Duo.
pub(super) fn typed(gateway: &Gateway, applications: &[(&'static str, &str)]) -> Vec<(String, String)> {
    let host = gateway.duo().application("Admin API").host;
    let mut fields = vec![
        ("tenant".to_owned(), "Newcomers Ltd".to_owned()),
        ("owner".to_owned(), "Nora New".to_owned()),
        ("host".to_owned(), host),
    ];
    for (word, name) in applications {
        let application = gateway.duo().application(name);
        fields.push((format!("{word}_ikey"), application.ikey));
        fields.push((format!("{word}_skey"), application.skey));
    }
    fields
}

pub(super) const ALL_THREE: [(&str, &str); 3] =
    [("auth", "Auth API"), ("admin", "Admin API"), ("accounts", "Accounts API")];

/// Sets a field to something else.
pub(super) fn set(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    fields.retain(|(own, _)| own != name);
    fields.push((name.to_owned(), value.to_owned()));
}

/// Sends the form of this page.
pub(super) async fn send(browser: &mut Browser<'_>, path: &str, fields: &[(String, String)]) -> Reply {
    let page = browser.get(path).await;
    let token = csrf(&page);
    let mut all: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    all.push(("csrf", &token));
    browser.post(path, &all).await
}

/// The secret on the page that the browser was led to, which is shown once.
pub(super) async fn shown(browser: &mut Browser<'_>, led: &Reply) -> String {
    assert_eq!((led.status, led.header("location")), (303, "/connect/key"), "{}", led.text);
    let page = browser.get("/connect/key").await;
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"), "{}", page.text);
    let after = page.text.split("secret\"").nth(1).and_then(|rest| rest.split("<code>").nth(1)).unwrap();
    after.split('<').next().unwrap().to_owned()
}

/// Somebody new who is in: the browser, and the owner key.
pub(super) async fn newcomer(gateway: &Gateway) -> (Browser<'_>, String) {
    let mut browser = Browser::new(gateway);
    let led = send(&mut browser, "/connect/new", &typed(gateway, &ALL_THREE)).await;
    let key = shown(&mut browser, &led).await;
    (browser, key)
}
