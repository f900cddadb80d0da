//! Pushes whose follower is gone: the answer is noticed by somebody else.

use std::time::Duration;

use duo_mcp_gateway::domain::push::{Push, PushState};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::bench::Bench;
use super::http::{Client, call};
use super::replica::Replica;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_denial_is_noticed_by_another_gateway_when_the_one_that_follows_is_killed() {
    let bench = Bench::start().await;
    let mut first = bench.replica("a").await;
    let txid = push(&bench, &first, "lking").await;
    until_polled(&bench, 0).await;
    first.kill().await;
    let (polls, began) = (polls(&bench).await, Instant::now());
    let second = bench.replica("b").await;
    // The lease lasts five seconds, and a poll of Duo's half a minute.
    until_polled(&bench, polls).await;
    let taken_over = began.elapsed();
    bench.control("POST press", Some(json!({ "user": "lking", "action": "deny" }))).await;
    let push = ended(&bench, &txid, Duration::from_secs(5)).await;
    println!("taken over after {:.1} s", taken_over.as_secs_f64());
    assert!(taken_over < Duration::from_secs(12));
    assert_eq!(push.state, PushState::Deny);
    let again = bench.ask(second.public, &bench.key, "auth", json!({ "username": "lking", "factor": "push" })).await;
    assert_eq!(again["code"], "push_cool_down", "{again}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_is_handed_over_at_once_by_a_gateway_that_is_told_to_stop() {
    let bench = Bench::start().await;
    let mut first = bench.replica("a").await;
    let txid = push(&bench, &first, "lking").await;
    until_polled(&bench, 0).await;
    let _second = bench.replica("b").await;
    let polls = polls(&bench).await;
    first.terminate();
    let began = Instant::now();
    until_polled(&bench, polls).await;
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert!(first.ended().await.success());
    bench.control("POST press", Some(json!({ "user": "lking", "action": "approve" }))).await;
    assert_eq!(ended(&bench, &txid, Duration::from_secs(5)).await.state, PushState::Allow);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_whose_answer_was_lost_is_not_sent_again() {
    let bench = Bench::start().await;
    let mut first = bench.replica("a").await;
    let fault = json!({ "kind": "delay", "when": "after", "delay_ms": 1_500, "path": "/auth/v2/auth" });
    bench.control("POST faults", Some(fault)).await;
    let (to, key) = (first.public, bench.key.clone());
    let asked = tokio::spawn(async move {
        call(to, &key, Client::Plain, "auth", &json!({ "username": "lking", "factor": "push" }), None).await
    });
    while bench.worked().await.is_empty() {
        sleep(Duration::from_millis(10)).await;
    }
    first.kill().await;
    assert!(asked.await.unwrap().is_err());
    let _second = bench.replica("b").await;
    let which = duo_mcp_gateway::store::ListOperations { limit: 1, ..Default::default() };
    let id = bench.parts.store.operations.list(&bench.tenant, which).await.unwrap()[0].id.clone();
    let over = bench.over(&id, Duration::from_secs(20)).await;
    assert_eq!(over.state.as_str(), "outcome_unknown");
    assert_eq!(bench.worked().await.len(), 1);
}

/// Sends a push to somebody; its transaction.
async fn push(bench: &Bench, replica: &Replica, username: &str) -> String {
    let sent = bench.ask(replica.public, &bench.key, "auth", json!({ "username": username, "factor": "push" })).await;
    sent["txid"].as_str().unwrap_or_else(|| panic!("{sent}")).to_owned()
}

/// How often Duo was asked how a push stands.
async fn polls(bench: &Bench) -> usize {
    let record = bench.control("GET record?path=/auth/v2/auth_status", None).await;
    record["requests"].as_array().unwrap().len()
}

/// Waits until Duo is asked once more how a push stands, and the question hangs there.
async fn until_polled(bench: &Bench, before: usize) {
    let end = Instant::now() + Duration::from_secs(20);
    while polls(bench).await <= before {
        assert!(Instant::now() < end, "nobody follows");
        sleep(Duration::from_millis(50)).await;
    }
    // The first question may be answered with the news that the push was sent.
    sleep(Duration::from_millis(300)).await;
}

async fn ended(bench: &Bench, txid: &str, most: Duration) -> Push {
    let end = Instant::now() + most;
    loop {
        let push = bench.parts.store.pushes.find_by_txid(&bench.tenant, txid).await.unwrap().unwrap();
        if !push.state.is_open() {
            return push;
        }
        assert!(Instant::now() < end, "it still waits");
        sleep(Duration::from_millis(50)).await;
    }
}
