//! A gateway that dies: what did not reach it is served by the other at once.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use super::access::Line;
use super::load::{How, Load, count};
use super::proxy::Proxy;
use super::stand::{Stand, is_starved};
use crate::faults::bench::Bench;
use crate::faults::replica::free_port;
use crate::support::client::{Client, Era};

/// How many clients call all the time.
const CLIENTS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_that_begins_after_a_gateway_was_killed() {
    let mut stand = Stand::start(&[]).await;
    let fault = json!({ "kind": "delay", "delay_ms": 150, "path": "/admin/v1/users*", "times": 100_000 });
    stand.bench.control("POST faults", Some(fault)).await;
    let said_late = stand.times_late();
    let load = Load::of_new_users(&stand, CLIENTS);
    load.until_more(3 * CLIENTS).await;
    stand.replicas[0].kill().await;
    let killed = Instant::now();
    load.until_more(6 * CLIENTS).await;
    let called = load.end().await;
    let (answered, starved, failed) = count(&called);

    // Each failure was a request in hand of the one that died. To the first request of a client's connection HAProxy
    // says 502; after a later one it closes the connection without a word, and writes nothing down.
    assert!(!failed.is_empty(), "the kill met no call");
    let late: Vec<_> = failed.iter().filter(|one| one.began >= killed).collect();
    assert!(late.is_empty(), "{late:#?}");
    let closed = failed.iter().filter(|one| one.how == How::Closed).count();
    let requests = stand.proxy.until_requests(called.len() - closed).await;
    let unanswered: Vec<_> = requests.iter().filter(|line| line.status != 200 && line.status != 503).collect();
    assert!(unanswered.iter().all(|line| line.server == "a" && line.status == 502), "{unanswered:#?}");
    assert_eq!(unanswered.len(), failed.len() - closed, "{failed:#?} {unanswered:#?}");
    // What was refused was given to the other without waiting: HAProxy's turn-around would be a whole second.
    let moved: Vec<_> = requests.iter().filter(|line| line.redispatched).collect();
    assert!(!moved.is_empty(), "nothing was refused");
    assert!(moved.iter().all(|line| line.server == "b" && line.connect_ms < 1_000), "{moved:#?}");
    let slowest = moved.iter().map(|line| line.connect_ms).max().unwrap();
    println!(
        "{answered} calls answered, {} in hand of the killed gateway failed, {} were refused by it and served by the other after at most \
         {slowest} ms; {starved} starved",
        failed.len(),
        moved.len(),
    );
    stand.excuse(starved, said_late);
    every_user_was_made_once(&stand.bench).await;

    let ups = stand.proxy.said("a", "UP");
    stand.replicas[0].start_again();
    stand.proxy.until_says("a", "UP", ups).await;
    let before = stand.proxy.requests().len();
    for _ in 0..4 {
        stand.client(Era::Legacy).call("get_context", json!({})).await.structured();
    }
    let requests = stand.proxy.until_requests(before + 4).await;
    assert_eq!(requests[before..].iter().filter(|line| line.server == "a").count(), 2, "it is back in turn");
}

/// Fails if Duo made a user twice; that each was made, the clients have heard.
async fn every_user_was_made_once(bench: &Bench) {
    let mut times: HashMap<String, usize> = HashMap::new();
    for request in bench.worked().await {
        if request["path"] == "/admin/v1/users" && request["worked"] == 200 {
            *times.entry(request["params"]["username"].to_string()).or_default() += 1;
        }
    }
    assert!(times.len() > CLIENTS, "{times:?}");
    let doubled: Vec<_> = times.iter().filter(|(_, times)| **times != 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_gateway_took_is_not_sent_to_the_other() {
    let bench = Bench::start().await;
    let b = bench.replica_with("b", &["server.public.url=https://mcp.example.com".to_owned()]).await;
    let (a, taken) = silent().await;
    let proxy = Proxy::start(&bench.folder, free_port(), [[a, a], [b.public, b.admin]]).await;
    let client = Client { http: proxy.http(), url: proxy.mcp_url(), key: bench.key.clone(), era: Era::Legacy };
    for n in 0..8 {
        let call = json!({ "name": "create_user", "arguments": { "username": format!("person{n}") } });
        // Each over a connection of its own: see above.
        let reply = Client { http: proxy.http(), ..client.clone() }.rpc("tools/call", call).await;
        if reply.status == 502 {
            assert_eq!(reply.json()["code"], "answer_lost", "{}", reply.text);
        } else {
            assert_eq!(reply.status, 200, "{}", reply.text);
        }
    }
    let requests = proxy.until_requests(8).await;
    let of = |server: &str, status: i64| {
        let of = |line: &&Line| line.server == server && line.status == status && line.retries == 0;
        requests.iter().filter(of).count()
    };
    assert_eq!((of("a", 502), of("b", 200)), (4, 4), "{requests:#?}");
    assert_eq!(taken.load(Ordering::Relaxed), 4);
    assert_eq!(bench.worked().await.len(), 4, "the other four were never made");
}

/// Something that is ready, takes every other request, and goes away without an answer; and how many it took.
async fn silent() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, taken) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                let mut request = vec![0; 16_384];
                let length = stream.read(&mut request).await.unwrap_or(0);
                if request[..length].starts_with(b"GET /readyz") {
                    let ready = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                    drop(stream.write_all(ready).await);
                } else if length > 0 {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    (address, taken)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_away_takes_its_read_with_it_and_leaves_its_change() {
    let stand = Stand::start(&[]).await;
    let client = stand.client(Era::Legacy);
    stand.bench.users(stand.replicas[0].public, &["person".to_owned()]).await;
    let look = json!({ "user": "person", "include": ["phones", "tokens", "bypass_codes"] });
    client.call("get_user", look.clone()).await.structured();
    assert!(more_than_the_user(&stand.bench).await > 0, "looking at a user takes several questions");
    stand.bench.control("DELETE record", None).await;
    for (method, tool, arguments) in
        [("GET", "get_user", look), ("POST", "create_user", json!({ "username": "left-alone" }))]
    {
        let fault = json!({ "kind": "delay", "delay_ms": 1_500, "method": method, "path": "/admin/v1/users" });
        stand.bench.control("POST faults", Some(fault)).await;
        let (client, call) = (client.clone(), json!({ "name": tool, "arguments": arguments }));
        let called = tokio::spawn(async move { client.rpc("tools/call", call).await });
        until_asked(&stand.bench, method).await;
        called.abort();
        assert!(called.await.unwrap_err().is_cancelled(), "{tool} was answered");
    }
    let requests = stand.proxy.until_requests(3).await;
    assert!(requests[1..].iter().all(|line| line.status != 200 && line.end.starts_with('C')), "{requests:#?}");
    // The change comes after the read, and takes as long: a read that went on would have asked its other questions.
    let end = Instant::now() + Duration::from_secs(30);
    while stand.bench.worked().await.is_empty() {
        assert!(Instant::now() < end, "the change was not made");
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(more_than_the_user(&stand.bench).await, 0, "the read went on");
}

/// How often Duo was asked about what a user has.
async fn more_than_the_user(bench: &Bench) -> usize {
    let record = bench.control("GET record?method=GET&path=/admin/v1/users/*", None).await;
    record["requests"].as_array().unwrap().len()
}

/// What Duo was asked at this path, in order.
async fn asked(bench: &Bench, method: &str) -> Vec<Value> {
    let record = bench.control(&format!("GET record?method={method}&path=/admin/v1/users"), None).await;
    record["requests"].as_array().unwrap().clone()
}

/// Waits until Duo was asked.
async fn until_asked(bench: &Bench, method: &str) {
    let end = Instant::now() + Duration::from_secs(20);
    while asked(bench, method).await.is_empty() {
        assert!(Instant::now() < end, "nobody asked");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_hangs_is_taken_out_and_in_again() {
    let stand = Stand::start(&[]).await;
    let message = json!({ "name": "get_context", "arguments": {} });
    let client = stand.client(Era::Legacy);
    stand.replicas[0].signal("-STOP");
    let late = stand.times_late();
    let (hung, ups) = (Instant::now(), stand.proxy.said("a", "UP"));
    // Every other one of these is with the gateway that hangs: it is sent, and so it is not sent again.
    let early = tokio::spawn({
        let clients: Vec<Client> = (0..4).map(|_| stand.client(Era::Legacy)).collect();
        let message = message.clone();
        async move { join_all(clients.iter().map(|client| client.rpc("tools/call", message.clone()))).await }
    });
    stand.proxy.until_says("a", "DOWN", 0).await;
    let noticed = hung.elapsed();
    for _ in 0..6 {
        let reply = client.rpc("tools/call", message.clone()).await;
        stand.excuse(usize::from(is_starved(&reply)), late);
        assert!(reply.status == 200 || is_starved(&reply), "{}", reply.text);
    }
    assert!(!early.is_finished(), "what hangs is waited for");
    stand.replicas[0].signal("-CONT");
    stand.proxy.until_says("a", "UP", ups).await;
    let early = early.await.unwrap();
    let is_right = early.iter().all(|reply| reply.status == 200 || is_starved(reply));
    let early: Vec<u16> = early.iter().map(|reply| reply.status).collect();
    // What it remembered is too old when it wakes, so it may have to ask its database first; it never guesses.
    assert!(is_right && early.contains(&200), "{early:?}");
    println!("a gateway that hangs was taken out after {noticed:?}; what it had in hand ended with {early:?}");
}
