//! Orderly restarts under load: whoever retries what was refused notices nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::bench::Bench;
use super::http::{Client, Failed, call, told};
use super::replica::Replica;

/// How many clients call all the time.
const CLIENTS: usize = 24;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_while_the_gateways_are_restarted_one_after_the_other() {
    let bench = Bench::start().await;
    // Longer than the bench's, so that a machine that has much to do is not taken for a Duo that is slow.
    let patient = ["duo.call_timeout_seconds=10", "duo.first_byte_timeout_seconds=10", "operations.lease_seconds=12"];
    let patient = patient.map(str::to_owned);
    let mut replicas = [bench.replica_with("a", &patient).await, bench.replica_with("b", &patient).await];
    let names: Vec<String> = (0..CLIENTS).map(|n| format!("person{n:03}")).collect();
    bench.users(replicas[0].public, &names).await;
    // Long enough that some calls are under way whenever a gateway is told to stop.
    let fault = json!({ "kind": "delay", "delay_ms": 150, "path": "/admin/v1/users*", "times": 100_000 });
    bench.control("POST faults", Some(fault)).await;
    let gateways = Arc::new(replicas.each_ref().map(|replica| Gateway { at: replica.public, ready: true.into() }));
    let stop = CancellationToken::new();
    let mut clients = JoinSet::new();
    for (n, name) in names.into_iter().enumerate() {
        let (key, stop, gateways) = (bench.key.clone(), stop.clone(), Arc::clone(&gateways));
        clients.spawn(async move { keep_calling(&gateways, n, &key, &name, &stop).await });
    }
    sleep(Duration::from_secs(1)).await;
    for _ in 0..2 {
        for (replica, gateway) in replicas.iter_mut().zip(gateways.iter()) {
            replica.terminate();
            let ended = replica.ended().await;
            assert_eq!(ended.code(), Some(0), "{}", replica.log_text());
            gateway.ready.store(false, Ordering::Relaxed);
            replica.start_again();
            replica.until_ready().await;
            gateway.ready.store(true, Ordering::Relaxed);
            sleep(Duration::from_millis(500)).await;
        }
    }
    stop.cancel();
    let mut counts = [0; 3];
    for one in clients.join_all().await {
        counts = [counts[0] + one[0], counts[1] + one[1], counts[2] + one[2]];
    }
    let [answered, refused, starved] = counts;
    println!("{answered} calls answered, {refused} connections refused and made elsewhere, {starved} calls failed");
    assert!(answered > 20 && refused > 0);
    assert!(
        starved == 0 || replicas.iter().any(Replica::was_late),
        "the database answered in time, and it was not seen"
    );
}

/// A gateway as a load balancer sees it: it is taken in when it is ready, and nobody tells that it is about to stop.
struct Gateway {
    at: SocketAddr,
    ready: AtomicBool,
}

/// Calls until told to stop; how many calls were answered, connections refused, and calls told to come back later.
async fn keep_calling(
    gateways: &[Gateway; 2],
    n: usize,
    key: &str,
    name: &str,
    stop: &CancellationToken,
) -> [usize; 3] {
    let (mut answered, mut refused, mut starved, mut at) = (0, 0, 0, n);
    while !stop.is_cancelled() {
        if !gateways[at % 2].ready.load(Ordering::Relaxed) {
            at += 1;
        }
        let (tool, arguments) = if answered % 2 == 0 {
            ("list_users", json!({ "limit": 5 }))
        } else {
            ("modify_user", json!({ "user": name, "notes": format!("note {answered}") }))
        };
        match call(gateways[at % 2].at, key, Client::Plain, tool, &arguments, None).await {
            Ok(result) => {
                let told = told(&result);
                assert_ne!(result["isError"], json!(true), "{tool}: {told}");
                assert!(tool == "list_users" || told["state"] == "done", "{told}");
                answered += 1;
                at += 1;
            }
            Err(Failed::Refused) => {
                refused += 1;
                at += 1;
                sleep(Duration::from_millis(20)).await;
            }
            Err(Failed::Starved) => {
                starved += 1;
                sleep(Duration::from_millis(200)).await;
            }
            Err(Failed::Broken) => panic!("{tool} failed at gateway {}", at % 2),
        }
    }
    [answered, refused, starved]
}
