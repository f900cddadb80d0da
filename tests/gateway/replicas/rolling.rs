//! A rolling restart under load: no call fails.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::load::{Load, count};
use super::stand::Stand;
use crate::faults::killed::given;

/// How many clients call all the time.
const CLIENTS: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_while_both_are_restarted_in_turn() {
    let rounds = given("DUO_MCP_ROLLING_RESTARTS").unwrap_or(1);
    let mut stand = Stand::start(&[]).await;
    let names: Vec<String> = (0..CLIENTS).map(|n| format!("person{n:03}")).collect();
    stand.bench.users(stand.replicas[0].public, &names).await;
    // Long enough that some calls are under way whenever a gateway is told to stop.
    let fault = json!({ "kind": "delay", "delay_ms": 150, "path": "/admin/v1/users*", "times": 1_000_000 });
    stand.bench.control("POST faults", Some(fault)).await;
    let late = stand.times_late();
    let load = Load::start(&stand, &names);
    load.until_more(CLIENTS).await;
    let (mut longest, began) = (Duration::ZERO, Instant::now());
    for _ in 0..rounds {
        for (replica, name) in stand.replicas.iter_mut().zip(["a", "b"]) {
            let (ups, downs) = (stand.proxy.said(name, "UP"), stand.proxy.said(name, "DOWN"));
            let late = replica.times_late();
            let told = Instant::now();
            replica.terminate();
            assert_eq!(replica.ended().await.code(), Some(0), "{}", replica.log_text());
            longest = longest.max(told.elapsed());
            let was_noticed = stand.proxy.said(name, "DOWN") > downs || replica.times_late() > late;
            assert!(was_noticed, "it was gone before it was noticed");
            replica.start_again();
            // The next one goes when this one is taken in again, which is later than when it is ready.
            stand.proxy.until_says(name, "UP", ups).await;
            load.until_more(CLIENTS).await;
        }
    }
    let took = began.elapsed();
    let called = load.end().await;
    let (answered, starved, failed) = count(&called);
    let requests = stand.proxy.until_requests(called.len()).await;
    let [a, b] = ["a", "b"].map(|server| requests.iter().filter(|line| line.server == server).count());
    let moved = requests.iter().filter(|line| line.retries > 0).count();
    println!(
        "{rounds} rolling restarts of two gateways in {:.0} s: {answered} calls answered ({a} by a, {b} by b), {} failed, {starved} starved, \
         {moved} refused and made elsewhere; a stop took at most {:.1} s",
        took.as_secs_f64(),
        failed.len(),
        longest.as_secs_f64(),
    );
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(a > 0 && b > 0);
    stand.excuse(starved, late);
}
