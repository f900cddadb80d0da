//! Calls go to both gateways, and what one began the other goes on with.

use std::collections::HashSet;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::stand::Stand;
use crate::faults::http::told;
use crate::support::client::{Client, Era};

const LEGACY: Era = Era::Legacy;
const MODERN: Era = Era::Modern { forms: true };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_spread_evenly_and_each_is_found_by_its_id() {
    let stand = Stand::start(&[]).await;
    let mut ids = Vec::new();
    for n in 0..40 {
        let client = stand.client(if n % 2 == 0 { LEGACY } else { MODERN });
        // One client keeps its connection, the next makes one anew; both eras.
        for _ in 0..=n % 2 {
            let reply = client.rpc("tools/call", json!({ "name": "get_context", "arguments": {} })).await;
            assert_eq!(reply.status, 200, "{}", reply.text);
            ids.push(reply.header("x-request-id").to_owned());
        }
    }
    let requests = stand.proxy.until_requests(ids.len()).await;
    let written: HashSet<&str> = requests.iter().map(|line| line.request_id.as_str()).collect();
    assert_eq!(written, ids.iter().map(String::as_str).collect::<HashSet<_>>());
    let [a, b] = ["a", "b"].map(|server| requests.iter().filter(|line| line.server == server).count());
    assert!(a + b == ids.len() && a.abs_diff(b) <= 1, "{a} and {b}");
}

/// Answers a form at two gateways at once; what each says.
async fn at_both(clients: [&Client; 2], arguments: &Value, state: &str, typed: &str) -> [Value; 2] {
    let [one, two] = clients.map(|client| client.answer_form("trash_users", arguments.clone(), state, typed));
    let (one, two) = tokio::join!(one, two);
    [one, two].map(|answer| told(&answer.0))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_gateway_began_the_other_goes_on_with() {
    let stand = Stand::start(&["operations.worker_interval_ms=200"]).await;
    let bench = &stand.bench;
    cursors(&stand).await;
    let names: Vec<String> = (0..8).map(|n| format!("person{n:03}")).collect();
    let ids = bench.users(stand.replicas[0].public, &names).await;
    forms(&stand, &names[..6]).await;
    operations(&stand, &names[6], &ids[6]).await;
}

/// Pages of a list, asked of one gateway and of the other in turn.
async fn cursors(stand: &Stand) {
    let (mut seen, mut cursor) = (Vec::new(), Value::Null);
    for turn in 0.. {
        let mut arguments = json!({ "limit": 4 });
        if let Some(cursor) = cursor.as_str() {
            arguments["cursor"] = json!(cursor);
        }
        let answer = stand.client_of(turn % 2, LEGACY).call("list_users", arguments).await;
        let page = answer.structured();
        seen.extend(page["users"].as_array().unwrap().iter().map(|user| user["user_id"].as_str().unwrap().to_owned()));
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            assert_eq!(page["total"], seen.len(), "{page}");
            break;
        }
    }
    assert!(seen.len() > 8, "there was more than one page for each");
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len(), "nobody came twice");
}

/// A form that one shows, answered at the other, again at the first, and at both at once.
async fn forms(stand: &Stand, names: &[String]) {
    let [a, b] = [0, 1].map(|replica| stand.client_of(replica, MODERN));
    let through = stand.client(MODERN);
    let before = stand.bench.worked().await.len();
    for (pair, clients) in names.chunks(2).zip([[&b, &a], [&a, &b], [&through, &through]]) {
        let arguments = json!({ "users": pair });
        let form = a.call("trash_users", arguments.clone()).await.form();
        let typed = form.message.rsplit("type: ").next().unwrap();
        let told = if clients[0].url == b.url {
            let first = clients[0].answer_form("trash_users", arguments.clone(), &form.state, typed).await;
            let again = clients[1].answer_form("trash_users", arguments.clone(), &form.state, typed).await;
            [first, again].map(|answer| told(&answer.0))
        } else {
            at_both(clients, &arguments, &form.state, typed).await
        };
        let is = |what: &str, value: &str| told.iter().filter(|told| told[what] == value).count();
        assert_eq!((is("state", "done"), is("code", "form_expired")), (1, 1), "{told:?}");
    }
    assert_eq!(stand.bench.worked().await.len() - before, 3);
}

/// A change that one holds, approved at the other and at both at once, and carried out once.
async fn operations(stand: &Stand, name: &str, id: &str) {
    let a = stand.client_of(0, LEGACY);
    let changes = [
        ("modify_user", json!({ "user": name, "status": "bypass" }), &[1][..]),
        ("create_account", json!({ "name": "Held Company" }), &[0, 1, 0, 1]),
    ];
    for (tool, arguments, deciders) in changes {
        let before = stand.bench.worked().await.len();
        let operation = a.call(tool, arguments).await.pending();
        let path = format!("/operations/{operation}/approve");
        let decided = join_all(deciders.iter().map(|&replica| stand.operate(replica, Method::POST, &path, None))).await;
        let decided: Vec<u16> = decided.iter().map(|reply| reply.status).collect();
        assert_eq!(decided.iter().filter(|status| **status == 200).count(), 1, "{decided:?}");
        assert!(decided.iter().all(|status| [200, 409].contains(status)), "{decided:?}");
        let ended = stand.client(LEGACY).ended(&operation).await;
        assert_eq!(ended["state"], "done", "{ended}");
        assert_eq!(stand.bench.worked().await.len() - before, 1);
    }
    assert_eq!(stand.bench.control(&format!("GET users/{id}"), None).await["status"], "bypass");
}
