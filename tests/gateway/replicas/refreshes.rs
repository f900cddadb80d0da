//! Tokens of one grant, refreshed at two gateways at once, taken back at one.

use std::time::Duration;

use duo_mcp_gateway::domain::member::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::proxy::PUBLIC;
use super::stand::{Stand, is_starved};
use crate::oauth::person::{App, Browser, LOOPBACK, Site};
use crate::support::client::{Client, Era, Reply};

/// What was taken back is refused everywhere after this time.
const TWO_SECONDS: Duration = Duration::from_secs(2);

/// A place from which the gateways look like one, or one of them alone.
struct Seen {
    http: reqwest::Client,
    base: String,
}

impl Site for Seen {
    fn http(&self) -> &reqwest::Client {
        &self.http
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn issuer(&self) -> String {
        format!("https://{PUBLIC}")
    }

    fn page_origin(&self) -> String {
        self.issuer()
    }
}

/// Through the proxy, and each gateway past it.
fn places(stand: &Stand) -> (Seen, [Seen; 2]) {
    let base = stand.proxy.mcp_url().trim_end_matches("/mcp").to_owned();
    let each = [0, 1].map(|replica| {
        let Client { http, url, .. } = stand.client_of(replica, Era::Legacy);
        Seen { http, base: url.trim_end_matches("/mcp").to_owned() }
    });
    (Seen { http: stand.proxy.http(), base }, each)
}

/// A client that somebody let in through the proxy, with its tokens.
async fn let_in(stand: &Stand, site: &Seen) -> (App, Value) {
    let made = json!({ "name": "Olivia Owner", "role": Role::Owner });
    let tenant = &stand.bench.tenant;
    let members = format!("/tenants/{tenant}/members");
    let member = stand.operate(0, Method::POST, &members, Some(made)).await.json();
    let path = format!("{members}/{}/owner-key", member["id"].as_str().unwrap());
    let key = stand.operate(1, Method::POST, &path, None).await.json();
    let app = App::registered(site, LOOPBACK).await;
    let tokens = app.connected(&mut Browser::new(site), key["owner_key"].as_str().unwrap(), "look").await;
    (app, tokens)
}

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap_or_else(|| panic!("no {name}: {tokens}"))
}

/// The answer of one gateway to this token, once it could ask its database.
async fn list_tools(stand: &Stand, replica: usize, token: &str) -> Reply {
    loop {
        let reply = stand.client_of(replica, Era::Legacy).with_key(token).rpc("tools/list", json!({})).await;
        if !is_starved(&reply) {
            return reply;
        }
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threat_26_fifty_refreshes_at_once_over_two_gateways_make_one_pair() {
    // No leeway: what answers the same is that nobody has used the new pair.
    let stand = Stand::start(&["oauth.refresh_leeway_seconds=0"]).await;
    let (site, each) = places(&stand);
    let (app, tokens) = let_in(&stand, &site).await;
    let shown = text(&tokens, "refresh_token");
    let all = (0..50).map(|n| app.refresh(&each[n % 2], shown));
    let answers = futures_util::future::join_all(all).await;
    let pair = answers[0].json();
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text);
        let given = answer.json();
        for name in ["access_token", "refresh_token", "scope"] {
            assert_eq!(given[name], pair[name]);
        }
    }
    for replica in [0, 1] {
        assert_eq!(list_tools(&stand, replica, text(&pair, "access_token")).await.status, 200);
    }
    let next = app.refresh(&each[1], text(&pair, "refresh_token")).await;
    assert_eq!(next.status, 200, "the one branch goes on: {}", next.text);
    let grants = stand.bench.parts.store.grants.list(&stand.bench.tenant).await.unwrap();
    assert!(grants.len() == 1 && grants[0].revoked_at.is_none(), "{grants:?}");
    // And what was shown fifty times is two generations old by now.
    assert_eq!(app.refresh(&each[0], shown).await.json()["error"], "invalid_grant");
    let next = next.json();
    assert_eq!(app.refresh(&each[1], text(&next, "refresh_token")).await.json()["error"], "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_is_taken_back_is_gone_at_both_gateways_within_two_seconds() {
    let stand = Stand::start(&[]).await;
    let (site, each) = places(&stand);
    let (app, tokens) = let_in(&stand, &site).await;
    let access = text(&tokens, "access_token");
    for replica in [0, 1] {
        assert_eq!(list_tools(&stand, replica, access).await.status, 200);
    }
    let grants = format!("/tenants/{}/grants", stand.bench.tenant);
    let listed = stand.operate(1, Method::GET, &grants, None).await.json();
    let grant = &listed["items"][0];
    assert_eq!((grant["person"].as_str(), grant["state"].as_str()), (Some("Olivia Owner"), Some("works")), "{listed}");
    let path = format!("{grants}/{}", grant["id"].as_str().unwrap());
    assert_eq!(stand.operate(0, Method::DELETE, &path, None).await.status, 204);
    let taken_back = Instant::now();
    sleep(TWO_SECONDS).await;
    for replica in [0, 1] {
        let reply = list_tools(&stand, replica, access).await;
        assert_eq!(reply.status, 401, "gateway {replica}, {:?} after: {}", taken_back.elapsed(), reply.text);
        let refused = app.refresh(&each[replica], text(&tokens, "refresh_token")).await;
        assert_eq!(refused.json()["error"], "invalid_grant", "{}", refused.text);
    }
    assert_eq!(stand.operate(1, Method::DELETE, &path, None).await.status, 404, "it ended before");
}
