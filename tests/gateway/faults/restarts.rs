//! Orderly restarts under load: whoever retries what was refused notices nothing.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::bench::Bench;
use super::http::{Client, Failed, call, told};

/// How many clients call all the time.
const CLIENTS: usize = 24;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_while_the_gateways_are_restarted_one_after_the_other() {
    let bench = Bench::start().await;
    let mut replicas = [bench.replica("a").await, bench.replica("b").await];
    let names: Vec<String> = (0..CLIENTS).map(|n| format!("person{n:03}")).collect();
    bench.users(replicas[0].public, &names).await;
    // Long enough that some calls are under way whenever a gateway is told to stop.
    let fault = json!({ "kind": "delay", "delay_ms": 150, "path": "/admin/v1/users*", "times": 100_000 });
    bench.control("POST faults", Some(fault)).await;
    let gateways = [replicas[0].public, replicas[1].public];
    let stop = CancellationToken::new();
    let mut clients = JoinSet::new();
    for (n, name) in names.into_iter().enumerate() {
        let (key, stop) = (bench.key.clone(), stop.clone());
        clients.spawn(async move { keep_calling(gateways, n, &key, &name, &stop).await });
    }
    sleep(Duration::from_secs(1)).await;
    for _ in 0..2 {
        for replica in &mut replicas {
            replica.terminate();
            let ended = replica.ended().await;
            assert_eq!(ended.code(), Some(0), "{}", replica.log_text());
            replica.start_again();
            replica.until_ready().await;
            sleep(Duration::from_millis(500)).await;
        }
    }
    stop.cancel();
    let counts = clients.join_all().await;
    let (answered, refused) = counts.iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    println!("{answered} calls answered, {refused} connections refused and made elsewhere, 0 calls failed");
    assert!(answered > 20 && refused > 0);
}

/// Calls until told to stop; how many calls were answered, and how many connections refused.
async fn keep_calling(
    gateways: [SocketAddr; 2],
    n: usize,
    key: &str,
    name: &str,
    stop: &CancellationToken,
) -> (usize, usize) {
    let (mut answered, mut refused, mut at) = (0, 0, n);
    while !stop.is_cancelled() {
        let (tool, arguments) = if answered % 2 == 0 {
            ("list_users", json!({ "limit": 5 }))
        } else {
            ("modify_user", json!({ "user": name, "notes": format!("note {answered}") }))
        };
        match call(gateways[at % 2], key, Client::Plain, tool, &arguments, None).await {
            Ok(result) => {
                let told = told(&result);
                assert_ne!(result["isError"], json!(true), "{tool}: {told}");
                assert!(tool == "list_users" || told["state"] == Value::from("done"), "{told}");
                answered += 1;
                at += 1;
            }
            Err(Failed::Refused) => {
                refused += 1;
                at += 1;
                sleep(Duration::from_millis(20)).await;
            }
            Err(Failed::Broken) => panic!("{tool} failed at gateway {}", at % 2),
        }
    }
    (answered, refused)
}
