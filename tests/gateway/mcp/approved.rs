//! What was approved is carried out once, and not for a caller who is gone.

use std::time::Duration;

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::card::Level;
use duo_mcp_gateway::domain::ids::OperationId;
use duo_mcp_gateway::domain::operation::{Operation, OperationState};
use duo_mcp_gateway::domain::scope::Scopes;
use duo_mcp_gateway::domain::standing::NewStanding;
use duo_mcp_gateway::domain::tenant::Tenant;
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::support::client::Client;
use crate::support::gateway::{CONNECTION, Gateway};

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
async fn a_standing_approval_covers_what_it_names_as_often_as_it_says() {
    let one = Gateway::on_postgres(|_| {}).await;
    let two = one.replica().await;
    let duo = one.duo();
    let standing = NewStanding {
        tools: vec!["modify_user".into()],
        accounts: vec![CONNECTION.into()],
        up_to: Level::L3,
        max_objects: 1,
        per_hour: 2,
        expires_at: one.parts.clock.now().plus_seconds(600),
    };
    let key = one.new_key(&one.tenant, "Una Ttended", Scopes::all(), vec![standing]).await.1;
    duo.forget().await;
    let clients = [one.modern().with_key(&key), two.legacy().with_key(&key)];
    let names = ["jdoe", "mrossi", "lking", "jsmith"];
    let calls = names.iter().enumerate().map(|(number, name)| {
        let (client, arguments) = (clients[number % 2].clone(), json!({ "user": name, "status": "bypass" }));
        tokio::spawn(async move { client.call("modify_user", arguments).await })
    });
    let (mut done, mut waiting) = (0, 0);
    for call in calls.collect::<Vec<_>>() {
        let answer = call.await.unwrap();
        if answer.0["isError"] == true {
            answer.pending();
            waiting += 1;
        } else {
            answer.done();
            done += 1;
        }
    }
    assert_eq!((done, waiting), (2, 2), "the hour's count holds over both gateways");
    clients[0].call("trash_users", json!({ "users": ["narroway", "asmith"] })).await.form();
    clients[1].call("delete_account", json!({ "account": "Acme" })).await.pending();
    assert_eq!(duo.changes().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identical_change_under_way_is_not_sent_twice_and_a_client_that_leaves_stops_nothing() {
    let gateway = Gateway::start(|_| {}).await;
    let (client, duo) = (gateway.legacy(), gateway.duo());
    let path = format!("/admin/v1/users/{}", duo.user("jdoe").await["user_id"].as_str().unwrap());
    let slow = json!({ "kind": "delay", "delay_ms": 800, "method": "POST", "path": "/admin/v1/users*", "times": 2 });
    duo.fault(slow).await;
    let notes = json!({ "user": "jdoe", "notes": "twice" });
    let (first, second) = tokio::join!(client.call("modify_user", notes.clone()), async {
        sleep(Duration::from_millis(400)).await;
        client.call("modify_user", notes.clone()).await
    });
    assert_eq!(first.done()["operation_id"], second.structured()["operation_id"]);
    assert_eq!(second.structured()["replayed"], true, "{second:?}");
    assert_eq!(duo.asked("POST", &path).await.len(), 1);

    let params = json!({ "name": "create_user", "arguments": { "username": "nleft" } });
    let request = client.prepare(&client.message("tools/call", params)).timeout(Duration::from_millis(400));
    assert!(request.send().await.unwrap_err().is_timeout());
    let until = Instant::now() + Duration::from_secs(10);
    while client.call("list_users", json!({ "username": "nleft" })).await.structured()["returned"] != 1 {
        assert!(Instant::now() < until, "the change ended with its client");
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(duo.asked("POST", "/admin/v1/users").await.len(), 1);
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
