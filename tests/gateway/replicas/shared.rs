//! What holds for both: keys taken back, caps, a database that is away.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::stand::{Stand, is_starved};
use crate::faults::http::told;
use crate::support::client::{Client, Era, Reply};

/// The promise: what is taken back works nowhere after so long.
const BOUND: Duration = Duration::from_secs(2);

/// Calls until an answer is of the new kind; that answer, and how long after `since` the last call began that was still
/// answered as before. What is neither, such as a 503 of a busy machine, says nothing and is passed over.
async fn until_new(
    client: &Client,
    since: Instant,
    is_old: impl Fn(&Reply) -> bool,
    is_new: impl Fn(&Reply) -> bool,
) -> (Duration, Reply) {
    let mut last = Duration::ZERO;
    loop {
        let began = Instant::now();
        let reply = context(client).await;
        if is_new(&reply) {
            return (last, reply);
        }
        if is_old(&reply) {
            last = began.saturating_duration_since(since);
        } else {
            // A gateway that could not ask the database in time, and nothing else, stands between old and new.
            assert_eq!(reply.status, 503, "{}", reply.text);
        }
        assert!(last < BOUND, "{last:?} after it was taken back: {}", reply.text);
        assert!(since.elapsed() < Duration::from_secs(30), "{} {}", reply.status, reply.text);
        sleep(Duration::from_millis(5)).await;
    }
}

async fn context(client: &Client) -> Reply {
    client.rpc("tools/call", json!({ "name": "get_context", "arguments": {} })).await
}

/// Uses a key until the gateway remembers it and its tenant as they are now. The poll comes every second, and each round
/// meets it at another moment.
async fn warm(client: &Client, round: u64) {
    let until = Instant::now() + Duration::from_millis(1_500 + 130 * round);
    while Instant::now() < until {
        let reply = context(client).await;
        assert!(is_served(&reply) || reply.status == 503, "{}", reply.text);
        sleep(Duration::from_millis(50)).await;
    }
}

fn is_served(reply: &Reply) -> bool {
    reply.status == 200 && reply.json()["result"]["isError"] != true
}

fn is_refused(reply: &Reply) -> bool {
    reply.status == 401
}

fn is_suspended(reply: &Reply) -> bool {
    reply.status == 200 && told(&reply.json()["result"])["code"] == "tenant_suspended"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_back_at_one_ends_at_the_other_within_two_seconds() {
    let stand = Stand::start(&[]).await;
    let tenant = &stand.bench.tenant;
    let keys = format!("/tenants/{tenant}/keys");
    let mut latest = [Duration::ZERO; 2];
    for round in 0..8 {
        let new = json!({ "name": format!("key {round}"), "person": "A Tester", "scopes": ["duo:read"] });
        let made = stand.operate(0, Method::POST, &keys, Some(new)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let (key, id) = (made.json()["api_key"].clone(), made.json()["id"].clone());
        let client = stand.client_of(1, Era::Legacy).with_key(key.as_str().unwrap());
        warm(&client, round).await;
        let gone = stand.operate(0, Method::DELETE, &format!("{keys}/{}", id.as_str().unwrap()), None).await;
        assert!(gone.status < 300, "{}", gone.text);
        let (last, _) = until_new(&client, Instant::now(), is_served, is_refused).await;
        latest[0] = latest[0].max(last);
    }
    let client = stand.client_of(1, Era::Legacy);
    for round in 0..8 {
        warm(&client, round).await;
        let suspended = stand.operate(0, Method::POST, &format!("/tenants/{tenant}/suspend"), None).await;
        assert_eq!(suspended.status, 200, "{}", suspended.text);
        let (last, _) = until_new(&client, Instant::now(), is_served, is_suspended).await;
        latest[1] = latest[1].max(last);
        let resumed = stand.operate(0, Method::POST, &format!("/tenants/{tenant}/resume"), None).await;
        assert_eq!(resumed.status, 200, "{}", resumed.text);
        until_new(&client, Instant::now(), is_suspended, is_served).await;
    }
    println!("a revoked key was taken for at most {:?}, a suspended tenant for {:?}", latest[0], latest[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_nobody_is_told_that_the_key_is_wrong() {
    let stand = Stand::start(&[]).await;
    let clients = [stand.client_of(0, Era::Legacy), stand.client_of(1, Era::Legacy), stand.client(Era::Legacy)];
    for client in &clients {
        assert!(is_served(&context(client).await));
    }
    stand.bench.database.set_reachable(false).await;
    let cut = Instant::now();
    for client in &clients {
        // Until it is noticed a call may get as far as its rows.
        let (_, reply) = until_new(client, cut, |reply| reply.status == 200, |reply| reply.status != 200).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, "2"), "{}", reply.text);
        // A key that was never looked up may be a good one, and is.
        let reply = client.with_key(&stand.bench.unattended).rpc("tools/list", json!({})).await;
        assert_eq!(reply.status, 503, "{}", reply.text);
    }
    for server in ["a", "b"] {
        stand.proxy.until_says(server, "DOWN", 0).await;
    }
    let reply = clients[2].rpc("tools/list", json!({})).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, "2"), "{}", reply.text);
    assert_eq!(reply.json()["code"], "not_ready", "the proxy's own words: {}", reply.text);

    stand.bench.database.set_reachable(true).await;
    let back = Instant::now();
    loop {
        let reply = context(&clients[2]).await;
        if is_served(&reply) {
            break;
        }
        assert_eq!(reply.status, 503, "{}", reply.text);
        assert!(back.elapsed() < Duration::from_secs(10), "it is not served again: {}", reply.text);
        sleep(Duration::from_millis(20)).await;
    }
    println!("served again {:?} after the database came back", back.elapsed());
    let path = format!("/tenants/{}/keys/{}", stand.bench.tenant, stand.bench.key_id);
    assert!(stand.operate(1, Method::DELETE, &path, None).await.status < 300);
    until_new(&clients[0], Instant::now(), is_served, is_refused).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_caps_of_pushes_hold_over_both() {
    let stand = Stand::start(&["pushes.per_tenant_hour=8"]).await;
    let bench = &stand.bench;
    let everybody = stand.client(Era::Legacy).call("list_users", json!({ "limit": 100 })).await;
    let everybody = everybody.structured()["users"].as_array().unwrap().clone();
    let names: Vec<&str> = everybody.iter().map(|user| user["username"].as_str().unwrap()).collect();
    for name in &names {
        let script = json!({ "user": name, "outcome": "approve" });
        bench.control("POST scripts", Some(script)).await;
    }
    let mine = stand.client(Era::Legacy);
    let clients = [mine.clone(), mine.with_key(&bench.unattended)];
    // One person: twenty at once, until nothing but the cap answers.
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let asked = (0..20).map(|n| push(&clients[n % 2], "lking"));
        let codes: HashSet<String> = join_all(asked).await.into_iter().collect();
        if codes == HashSet::from(["push_limit".to_owned()]) {
            break;
        }
        assert!(Instant::now() < end, "{codes:?}");
    }
    assert_eq!(sent(&stand).await, 3);
    // All people: as many as the tenant may send, whoever they go to.
    let asked = names.iter().enumerate().map(|(n, name)| push(&clients[n % 2], name));
    let answers = join_all(asked).await;
    let more = answers.iter().filter(|answer| *answer == "sent").count();
    let capped = answers.iter().filter(|answer| *answer == "push_limit").count();
    assert!(capped > 1, "there were more people than pushes: {answers:?}");
    assert_eq!((more, sent(&stand).await), (5, 8));
    let requests = stand.proxy.requests();
    for server in ["a", "b"] {
        assert!(requests.iter().filter(|line| line.server == server).count() > 20, "{server} was asked too");
    }
}

/// Asks for a push; `sent`, or why not. A 503 `cannot_check` says that nothing was done, so it is asked for again.
async fn push(client: &Client, username: &str) -> String {
    loop {
        let call = json!({ "name": "auth", "arguments": { "username": username } });
        let reply = client.rpc("tools/call", call).await;
        if !is_starved(&reply) {
            let told = told(&reply.json()["result"]);
            return if told["txid"].is_string() { "sent" } else { told["code"].as_str().unwrap_or("none") }.to_owned();
        }
        sleep(Duration::from_millis(200)).await;
    }
}

async fn sent(stand: &Stand) -> usize {
    stand.bench.worked().await.iter().filter(|request| request["path"] == "/auth/v2/auth").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_identical_changes_at_once_are_one() {
    let stand = Stand::start(&[]).await;
    // Long enough that all have come before the first is over.
    let fault = json!({ "kind": "delay", "delay_ms": 3_000, "method": "POST", "path": "/admin/v1/users" });
    stand.bench.control("POST faults", Some(fault)).await;
    let client = stand.client(Era::Legacy);
    let late = stand.times_late();
    let call = json!({ "name": "create_user", "arguments": { "username": "only-one" } });
    let replies = join_all((0..50).map(|_| client.rpc("tools/call", call.clone()))).await;
    let told: Vec<Value> =
        replies.iter().filter(|reply| !is_starved(reply)).map(|reply| told(&reply.json()["result"])).collect();
    stand.excuse(50 - told.len(), late);
    let ids: HashSet<String> = told.iter().map(|told| told["operation_id"].to_string()).collect();
    let first = told.iter().filter(|told| told["state"] == "done" && told["replayed"] != true).count();
    let replayed = told.iter().filter(|told| told["replayed"] == true).count();
    let found = told.iter().filter(|told| told["code"] == "user_exists").count();
    assert_eq!((first, first + replayed + found), (1, told.len()), "{told:#?}");
    assert!(replayed > 10, "many met the first under way: {replayed}");
    assert!(ids.len() == 1 || (found > 0 && ids.len() == 2), "{ids:?}");
    assert_eq!(stand.bench.worked().await.len(), 1);
    let requests = stand.proxy.until_requests(50).await;
    for server in ["a", "b"] {
        assert!(requests.iter().filter(|line| line.server == server).count() > 10, "{server} was asked too");
    }
}
