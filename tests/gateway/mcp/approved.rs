//! What was approved is carried out once, and not for a caller who is gone.

use std::time::Duration;

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::ids::OperationId;
use duo_mcp_gateway::domain::operation::{Operation, OperationState};
use duo_mcp_gateway::domain::scope::Scopes;
use duo_mcp_gateway::domain::tenant::Tenant;
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::support::client::Client;
use crate::support::gateway::Gateway;

async fn ended(gateway: &Gateway, tenant: &Tenant, operation: &str) -> Operation {
    let id = OperationId::parse(operation).unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let found = gateway.parts.store.operations.find(&tenant.id, &id).await.unwrap().unwrap();
        if found.state.is_final() {
            return found;
        }
        assert!(Instant::now() < until, "{operation} is still {:?}", found.state);
        sleep(Duration::from_millis(25)).await;
    }
}

async fn ask(client: &Client, name: &str) -> String {
    client.call("modify_user", json!({ "user": name, "status": "bypass" })).await.pending()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_for_a_key_that_was_revoked_or_a_tenant_that_was_suspended() {
    let gateway = Gateway::start(|_| {}).await;
    let (acts, duo) = (&gateway.parts.acts, gateway.duo());
    let (revoked, token) = gateway.new_key(&gateway.tenant, "Rita Revoked", Scopes::all(), vec![]).await;
    let (other, their_key) = gateway.another_tenant("other").await;
    let of_revoked = ask(&gateway.legacy().with_key(&token), "jdoe").await;
    let of_suspended = ask(&gateway.legacy().with_key(&their_key), "mrossi").await;
    duo.forget().await;
    acts.revoke_key(&gateway.tenant.id, &revoked.id, &Actor::Console).await.unwrap();
    acts.suspend_tenant(&other.id, &Actor::Console).await.unwrap();
    gateway.approve(&of_revoked).await;
    sleep(Duration::from_secs(2)).await;
    gateway.approve(&of_suspended).await;
    for (tenant, operation) in [(&gateway.tenant, &of_revoked), (&other, &of_suspended)] {
        assert_eq!(ended(&gateway, tenant, operation).await.state, OperationState::Cancelled);
    }
    acts.resume_tenant(&other.id, &Actor::Console).await.unwrap();
    assert!(duo.changes().await.is_empty(), "{:#?}", duo.changes().await);
    assert_eq!(duo.user("mrossi").await["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_approvals_over_two_gateways_are_carried_out_once_each() {
    let one = Gateway::on_postgres(|_| {}).await;
    let two = one.replica().await;
    let duo = one.duo();
    let page = one.legacy().call("list_users", json!({ "limit": 100 })).await;
    let users = page.structured()["users"].as_array().unwrap().clone();
    let changeable = users.iter().filter(|user| user["status"] == "active").take(20);
    let mut waiting = Vec::new();
    for (number, user) in changeable.enumerate() {
        let client = if number % 2 == 0 { one.legacy() } else { two.legacy() };
        waiting.push(ask(&client, user["username"].as_str().unwrap()).await);
    }
    assert!(waiting.len() >= 10, "{}", waiting.len());
    duo.forget().await;
    for (number, operation) in waiting.iter().enumerate() {
        if number % 2 == 0 { two.approve(operation).await } else { one.approve(operation).await }
    }
    for operation in &waiting {
        assert_eq!(ended(&one, &one.tenant, operation).await.state, OperationState::Done);
    }
    let mut paths: Vec<String> = duo.changes().await.iter().map(|one| one["path"].to_string()).collect();
    paths.sort();
    let sent = paths.len();
    paths.dedup();
    assert_eq!((sent, paths.len()), (waiting.len(), waiting.len()), "each once");
}
