//! Changes that need no yes, and forms: what a client sees when a gateway dies.

use std::net::SocketAddr;
use std::time::Duration;

use duo_mcp_gateway::domain::ids::OperationId;
use duo_mcp_gateway::domain::operation::OperationState;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::bench::Bench;
use super::chance::Chance;
use super::http::{Client, call, told};

/// How many changes are under way while the gateways die.
const CHANGES: usize = 24;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_repeats_its_call_after_a_kill_makes_each_change_once() {
    let bench = Bench::start().await;
    let mut replicas = [bench.replica("a").await, bench.replica("b").await];
    let names: Vec<String> = (0..CHANGES).map(|n| format!("person{n:03}")).collect();
    bench.users(replicas[0].public, &names).await;
    let before = bench.worked().await.len();
    for n in 0..CHANGES as u64 * 2 {
        let when = if n % 2 == 0 { "before" } else { "after" };
        let fault = json!({ "kind": "delay", "when": when, "delay_ms": 200 + n * 20, "method": "POST" });
        bench.control("POST faults", Some(fault)).await;
    }
    let gateways = [replicas[0].public, replicas[1].public];
    let mut clients = JoinSet::new();
    for (n, name) in names.into_iter().enumerate() {
        let key = bench.key.clone();
        let (tool, arguments) = match n % 3 {
            0 => ("create_user", json!({ "username": format!("new-{name}") })),
            1 => ("modify_user", json!({ "user": name, "notes": "changed" })),
            _ => ("trash_users", json!({ "users": [name] })),
        };
        clients.spawn(async move { until_done(gateways, n, &key, tool, &arguments).await });
    }
    let mut chance = Chance::new(7);
    for kill in 0..6 {
        sleep(Duration::from_millis(chance.between(100, 900))).await;
        let victim = &mut replicas[kill % 2];
        victim.kill().await;
        victim.start_again();
    }
    let broken: usize = clients.join_all().await.into_iter().sum();
    let worked = bench.worked().await;
    println!("{CHANGES} changes, {broken} answers that never came, {} worked on by Duo", worked.len() - before);
    assert!(broken > 0, "no kill met a call");
    assert_eq!(worked.len() - before, CHANGES);
    for n in 0..CHANGES {
        let name = format!("person{n:03}");
        let user = |name: &str| format!("GET users/{name}");
        match n % 3 {
            0 => drop(bench.control(&user(&format!("new-{name}")), None).await["user_id"].as_str().unwrap()),
            1 => assert_eq!(bench.control(&user(&name), None).await["notes"], "changed"),
            _ => assert_eq!(bench.control(&user(&name), None).await["status"], "pending deletion"),
        }
    }
}

/// Repeats the very same call until an answer says that it is done; how many calls got no answer.
async fn until_done(gateways: [SocketAddr; 2], n: usize, key: &str, tool: &str, arguments: &Value) -> usize {
    let mut broken = 0;
    for attempt in 0..300 {
        let to = gateways[(n + attempt) % 2];
        match call(to, key, Client::Plain, tool, arguments, None).await {
            Err(_) => broken += 1,
            Ok(result) => {
                let told = told(&result);
                let is_so = told["code"] == "user_exists" || told["state"] == "done";
                if is_so {
                    return broken;
                }
                // Its first call is still under way, or the gateway is not ready.
                assert!(told["state"] == "running" || told["retryable"] == true, "{tool} {arguments}: {told}");
            }
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("{tool} {arguments} was never done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_comes_back_to_two_gateways_at_once_is_taken_once() {
    let bench = Bench::start().await;
    let replicas = [bench.replica("a").await, bench.replica("b").await];
    let names: Vec<String> = (0..20).map(|n| format!("person{n:03}")).collect();
    bench.users(replicas[0].public, &names).await;
    let before = bench.worked().await.len();
    for pair in names.chunks(2) {
        let arguments = json!({ "users": pair });
        let ask = |to, form| call(to, &bench.key, Client::WithForms, "trash_users", &arguments, form);
        let asked = ask(replicas[0].public, None).await.unwrap();
        let state = asked["requestState"].as_str().unwrap_or_else(|| panic!("{asked}"));
        let message = asked["inputRequests"]["confirmation"]["params"]["message"].as_str().unwrap();
        let phrase = message.rsplit("type: ").next().unwrap();
        let form = Some((state, phrase));
        let (one, two) = tokio::join!(ask(replicas[0].public, form), ask(replicas[1].public, form));
        let told = [told(&one.unwrap()), told(&two.unwrap())];
        let is = |what: &str, value: &str| told.iter().filter(|told| told[what] == value).count();
        assert_eq!((is("state", "done"), is("code", "form_expired")), (1, 1), "{told:?}");
    }
    assert_eq!(bench.worked().await.len() - before, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_a_gateway_that_never_comes_back_is_finished_by_the_other() {
    let bench = Bench::start().await;
    let mut dying = bench.replica("a").await;
    bench.users(dying.public, &["person".to_owned()]).await;
    let before = bench.worked().await.len();
    // Duo has done it long before the gateway would hear of it.
    let fault = json!({ "kind": "delay", "when": "after", "delay_ms": 1_500, "path": "/admin/v1/users/bulk*" });
    bench.control("POST faults", Some(fault)).await;
    let (to, key) = (dying.public, bench.key.clone());
    let client = tokio::spawn(async move {
        call(to, &key, Client::Plain, "trash_users", &json!({ "users": ["person"] }), None).await
    });
    while bench.worked().await.len() == before {
        sleep(Duration::from_millis(20)).await;
    }
    dying.kill().await;
    assert!(client.await.unwrap().is_err());
    let other = bench.replica("b").await;
    let again = bench.ask(other.public, &bench.key, "trash_users", json!({ "users": ["person"] })).await;
    // Planned anew, the user is in the trash already; while the first call is under way it may be the answer too.
    let outcome = again["results"][0]["outcome"].as_str();
    assert!(again["replayed"] == true || outcome == Some("already"), "{again}");
    let which = duo_mcp_gateway::store::ListOperations { limit: 1, ..Default::default() };
    let rows = bench.parts.store.operations.list(&bench.tenant, which).await.unwrap();
    let id: OperationId = rows[0].id.clone();
    assert_eq!(bench.over(&id, Duration::from_secs(20)).await.state, OperationState::Done);
    assert_eq!(bench.worked().await.len() - before, 1);
}
