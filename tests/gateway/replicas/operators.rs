//! An operator's browser, whose requests meet one gateway and the other in turn.

use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::stand::Stand;
use crate::support::client::{Era, Reply};

/// A browser that knows the address of the admin listener's proxy, and keeps cookies.
struct Browser<'a> {
    stand: &'a Stand,
    http: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

impl Browser<'_> {
    async fn get(&mut self, path: &str) -> Reply {
        self.send(self.http.get(self.stand.proxy.admin_url(path))).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let request = self.http.request(Method::POST, self.stand.proxy.admin_url(path));
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body.join("&"));
        self.send(request.header("origin", self.stand.proxy.admin_url(""))).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Reply {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let reply = Reply::of(request.header("cookie", cookies.join("; "))).await;
        for cookie in reply.headers.get_all("set-cookie") {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            assert!(name.starts_with("__Host-") && rest.contains("Secure"), "{cookie:?}");
            self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
        }
        reply
    }
}

/// The proof in the first form of a page.
fn csrf(page: &Reply) -> String {
    let after = page.text.split("name=\"csrf\" value=\"").nth(1).unwrap_or_else(|| panic!("no form: {page:?}"));
    after.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_signs_in_at_one_gateway_and_approves_at_the_other() {
    let stand = Stand::start(&[]).await;
    let held = stand.client(Era::Legacy).call("create_account", json!({ "name": "Held Company" })).await;
    let operation = held.pending();
    let message = held.failure()["message"].as_str().unwrap().to_owned();
    assert!(message.contains(&stand.proxy.admin_url(&format!("/approvals/{operation}"))), "{message}");
    let mut browser = Browser { stand: &stand, http: stand.proxy.http(), cookies: BTreeMap::new() };
    let form = browser.get("/approvals/sign-in").await;
    let signed_in = browser.post("/approvals/sign-in", &[("csrf", &csrf(&form)), ("key", &stand.bench.operator)]).await;
    assert_eq!((signed_in.status, signed_in.header("location")), (303, "/approvals"), "{}", signed_in.text);
    let page = browser.get(&format!("/approvals/{operation}")).await;
    assert!(page.status == 200 && page.text.contains("Held Company"), "{page:?}");
    let decided = browser.post(&format!("/approvals/{operation}/approve"), &[("csrf", &csrf(&page))]).await;
    assert!(decided.status < 400, "{decided:?}");
    let ended = stand.client(Era::Legacy).ended(&operation).await;
    assert_eq!(ended["state"], "done", "{ended}");
    let served: Vec<String> = stand.proxy.operators_requests().into_iter().map(|line| line.server).collect();
    assert_eq!(served, ["a", "b", "a", "b"]);
}
