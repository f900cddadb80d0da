//! Clients that hang up: a read stops and is written down, a change goes on.

use std::time::Duration;

use duo_mcp_gateway::domain::audit::AuditOutcome;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::audited::rows;
use crate::support::client::Client;
use crate::support::gateway::Gateway;

const USERS: &str = "/admin/v1/users";
/// How long Duo is given to work on what nobody waits for; no test takes that long.
const SLOW_MS: i64 = 12_000;

/// Calls a tool, and hangs up as soon as this request has reached Duo.
async fn hang_up(gateway: &Gateway, client: &Client, call: Value, method: &str, path: &str) {
    let before = gateway.duo().asked(method, path).await.len();
    let request = client.prepare(&client.message("tools/call", call));
    let waiting = tokio::spawn(request.send());
    until(async || (gateway.duo().asked(method, path).await.len() > before).then_some(())).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled(), "there was an answer already");
}

/// Waits until `look` finds something.
async fn until<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "nothing came of it");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_stops_at_duo_and_leaves_its_row() {
    let gateway = Gateway::start(|_| {}).await;
    let duo = gateway.duo();
    for (number, client) in [gateway.modern(), gateway.legacy()].iter().enumerate() {
        duo.fault(json!({ "kind": "delay", "delay_ms": SLOW_MS, "path": USERS })).await;
        let call = json!({ "name": "list_users", "arguments": { "limit": 2 } });
        hang_up(&gateway, client, call, "GET", USERS).await;
        let left =
            until(async || duo.asked("GET", USERS).await.pop().filter(|asked| !asked["left_ms"].is_null())).await;
        assert!(left["outcome"].is_null() && left["left_ms"].as_i64().unwrap() < SLOW_MS, "{left:#}");
        let of_the_gone = async || {
            let gone: Vec<_> = rows(&gateway).await;
            let gone: Vec<_> = gone.into_iter().filter(|row| row.code.as_deref() == Some("client_gone")).collect();
            (gone.len() > number).then_some(gone)
        };
        let gone = until(of_the_gone).await;
        let row = gone.last().unwrap();
        assert_eq!((row.action.as_str(), row.outcome), ("list_users", AuditOutcome::Failed));
        assert!(row.request.is_some() && row.digest.is_some() && row.duration_ms.unwrap() < SLOW_MS, "{row:?}");
        assert_eq!(gone.len(), number + 1, "one row for each");
    }
    let after = gateway.modern().call("list_users", json!({ "limit": 2 })).await;
    assert_eq!(after.structured()["returned"], 2, "those who stay are served");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_sent_is_carried_to_its_end() {
    let gateway = Gateway::start(|_| {}).await;
    let duo = gateway.duo();
    for (client, name) in [(gateway.modern(), "jdoe"), (gateway.legacy(), "mrossi")] {
        let path = format!("{USERS}/{}", duo.user(name).await["user_id"].as_str().unwrap());
        duo.fault(json!({ "kind": "delay", "delay_ms": 1_000, "method": "POST", "path": path })).await;
        let call = json!({ "name": "modify_user", "arguments": { "user": name, "notes": "nobody waits" } });
        hang_up(&gateway, &client, call, "POST", &path).await;
        let ended = async || {
            let rows = rows(&gateway).await;
            let intent = rows.iter().rev().find(|row| row.outcome == AuditOutcome::Intent)?.operation.clone()?;
            rows.into_iter().find(|row| row.outcome == AuditOutcome::Ok && row.operation.as_ref() == Some(&intent))
        };
        let row = until(ended).await;
        let answer = client.ended(row.operation.unwrap().as_str()).await;
        assert_eq!(answer["state"], "done", "{answer:#}");
        let sent = duo.asked("POST", &path).await;
        assert_eq!(sent.len(), 1, "{sent:#?}");
        assert_eq!((&sent[0]["outcome"], &sent[0]["left_ms"]), (&json!(200), &json!(null)), "{sent:#?}");
        assert_eq!(duo.user(name).await["notes"], "nobody waits");
    }
    assert!(rows(&gateway).await.iter().all(|row| row.code.is_none()), "a change has its own rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_still_being_planned_is_not_sent_and_leaves_its_row() {
    let gateway = Gateway::start(|_| {}).await;
    let duo = gateway.duo();
    let path = format!("{USERS}/{}", duo.user("jdoe").await["user_id"].as_str().unwrap());
    duo.fault(json!({ "kind": "delay", "delay_ms": SLOW_MS, "method": "GET", "path": USERS })).await;
    let call = json!({ "name": "modify_user", "arguments": { "user": "jdoe", "notes": "nobody waits" } });
    hang_up(&gateway, &gateway.modern(), call, "GET", USERS).await;
    let of_the_change = async || {
        let rows: Vec<_> = rows(&gateway).await.into_iter().filter(|row| row.action == "modify_user").collect();
        (!rows.is_empty()).then_some(rows)
    };
    let rows = until(of_the_change).await;
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert_eq!((rows[0].code.as_deref(), rows[0].outcome), (Some("client_gone"), AuditOutcome::Failed));
    assert!(rows[0].operation.is_none() && rows[0].request.is_some(), "{rows:#?}");
    let sent = duo.asked("POST", &path).await;
    assert!(sent.is_empty(), "{sent:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_the_end_of_the_gateway_cuts_off_does_not_blame_its_client() {
    let gateway = Gateway::start(|_| {}).await;
    let duo = gateway.duo();
    let (store, tenant) = (gateway.replica().await, gateway.tenant.id.clone());
    duo.fault(json!({ "kind": "delay", "delay_ms": SLOW_MS, "path": USERS })).await;
    let client = gateway.modern();
    let call = json!({ "name": "list_users", "arguments": { "limit": 2 } });
    let waiting = tokio::spawn(client.prepare(&client.message("tools/call", call)).send());
    until(async || (!duo.asked("GET", USERS).await.is_empty()).then_some(())).await;
    gateway.stop().await;
    let rows = store.parts.store.audit.list(Some(&tenant), None, 1_000).await.unwrap();
    let cut: Vec<_> = rows.iter().filter(|row| row.action == "list_users").collect();
    assert_eq!(cut.len(), 1, "{rows:#?}");
    assert_eq!((cut[0].code.as_deref(), cut[0].outcome), (Some("stopping"), AuditOutcome::Failed));
    drop(waiting.await.unwrap());
}
