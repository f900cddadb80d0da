//! What a grant holds between two calls is of use to nobody else.

use serde_json::json;

use super::person::{App, Browser, LOOPBACK, member, owner};
use crate::support::client::Client;
use crate::support::gateway::Gateway;
use duo_mcp_gateway::domain::member::Role;
use duo_mcp_gateway::domain::tenant::Tenant;

/// A client that somebody let in, to whatever the person may do.
async fn let_in(gateway: &Gateway, key: &str) -> Client {
    let app = App::registered(gateway, LOOPBACK).await;
    let tokens = app.connected(&mut Browser::new(gateway), key, "everything").await;
    gateway.modern().with_key(tokens["access_token"].as_str().unwrap())
}

async fn stranger(gateway: &Gateway, tenant: &Tenant) -> Client {
    let (_, key) = member(gateway, tenant, "Sally Stranger", Role::Owner).await;
    let_in(gateway, &key).await
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_17_what_is_carried_between_two_calls_is_of_use_to_nobody_else() {
    let gateway = Gateway::start(|_| {}).await;
    let (tenant, _) = gateway.another_tenant("other").await;
    let key = owner(&gateway).await;
    let (ours, again) = (let_in(&gateway, &key).await, let_in(&gateway, &key).await);
    let theirs = stranger(&gateway, &tenant).await;
    let duo = gateway.duo();
    duo.script("lking", "wait").await;
    let two = json!({ "users": ["jdoe", "mrossi"] });
    let form = ours.call("trash_users", two.clone()).await.form();
    let operation = ours.call("modify_user", json!({ "user": "jdoe", "status": "bypass" })).await.pending();
    let txid = ours.call("auth", json!({ "username": "lking" })).await.done()["txid"].clone();
    let cursor = ours.call("list_users", json!({ "limit": 2 })).await.structured()["next_cursor"].clone();
    duo.forget().await;
    // Another subscriber's client.
    assert_eq!(theirs.call("auth_status", json!({ "txid": txid })).await.code(), "txid_not_found");
    assert_eq!(theirs.call("get_operation", json!({ "operation_id": operation })).await.code(), "operation_not_found");
    let next = json!({ "limit": 2, "cursor": cursor });
    assert_eq!(theirs.call("list_users", next.clone()).await.code(), "bad_cursor");
    theirs.foreign_form("trash_users", two.clone(), &form.state, "2").await;
    // Another connection of the same person, and an API key: a form answers the client that was asked.
    again.foreign_form("trash_users", two.clone(), &form.state, "2").await;
    gateway.modern().foreign_form("trash_users", two.clone(), &form.state, "2").await;
    // Tampered with, for other arguments, and the second time.
    let middle = form.state.len() / 2;
    let letter = if form.state.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let tampered = format!("{}{letter}{}", &form.state[..middle], &form.state[middle + 1..]);
    ours.foreign_form("trash_users", two.clone(), &tampered, "2").await;
    ours.foreign_form("trash_users", json!({ "users": ["jdoe", "jsmith"] }), &form.state, "2").await;
    assert!(duo.changes().await.is_empty());
    ours.answer_form("trash_users", two.clone(), &form.state, "2").await.done();
    assert_eq!(ours.answer_form("trash_users", two, &form.state, "2").await.code(), "form_expired");
    assert_eq!(duo.changes().await.len(), 1);
    assert_eq!(ours.call("list_users", next).await.structured()["returned"], 2);
}
