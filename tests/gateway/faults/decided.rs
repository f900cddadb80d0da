//! What people decided, when gateway or caller is gone by the time it counts.

use std::time::Duration;

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::ids::OperationId;
use duo_mcp_gateway::domain::operation::OperationState;
use duo_mcp_gateway::operations::Verdict;
use serde_json::json;
use tokio::time::sleep;

use super::bench::Bench;
use super::replica::Replica;
use crate::support::databases::Whose;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_gateway_was_told_is_carried_out_by_the_other_when_it_dies() {
    let bench = Bench::start().await;
    let mut told = bench.replica("a").await;
    let (begun, not_begun) = (new_account(&bench, &told, "Begun").await, new_account(&bench, &told, "Not Begun").await);
    let before = bench.worked().await.len();
    let fault = json!({ "kind": "delay", "when": "before", "delay_ms": 1_500, "path": "/accounts/v1/account/create" });
    bench.control("POST faults", Some(fault)).await;
    assert_eq!(bench.decide(told.admin, &begun, "approve").await, Ok(200));
    while bench.changes().await.iter().all(|request| request["path"] != "/accounts/v1/account/create") {
        sleep(Duration::from_millis(10)).await;
    }
    // Duo has the request and has not begun to work on it.
    assert_eq!(bench.worked().await.len(), before);
    assert_eq!(bench.decide(told.admin, &not_begun, "approve").await, Ok(200));
    told.kill().await;
    let _other = bench.replica("b").await;
    for id in [&begun, &not_begun] {
        assert_eq!(bench.over(id, Duration::from_secs(20)).await.state, OperationState::Done);
    }
    assert_eq!(bench.worked().await.len() - before, 2);
    assert_eq!(bench.steps(&begun).await[0].attempts, 1, "it was seen to have happened, not sent again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_denied_or_ran_out_is_not_carried_out_and_cannot_be_approved() {
    let bench = Bench::start().await;
    let replicas = [bench.replica("a").await, bench.replica("b").await];
    let (denied, late) =
        (new_account(&bench, &replicas[0], "No").await, new_account(&bench, &replicas[0], "Late").await);
    let before = bench.changes().await.len();
    assert_eq!(bench.decide(replicas[1].admin, &denied, "deny").await, Ok(200));
    assert_eq!(bench.decide(replicas[0].admin, &denied, "approve").await, Ok(409));
    let pool = bench.database.pool(Whose::Superuser).await;
    let moved = sqlx::query("UPDATE operations SET expires_at = created_at WHERE id = $1").bind(late.as_str());
    assert_eq!(moved.execute(&pool).await.unwrap().rows_affected(), 1);
    assert_eq!(bench.decide(replicas[0].admin, &late, "approve").await, Ok(409));
    assert_eq!(bench.over(&denied, Duration::from_secs(5)).await.state, OperationState::Denied);
    assert_eq!(bench.over(&late, Duration::from_secs(5)).await.state, OperationState::Expired);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(bench.changes().await.len(), before);
    assert_eq!(bench.operation(&denied).await.payload, None, "what was sealed is wiped");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_revoked_key_asked_for_is_not_carried_out_after_the_approval() {
    gone("revoked", async |bench| {
        bench.parts.acts.revoke_key(&bench.tenant, &bench.key_id, &Actor::Console).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_suspended_tenant_asked_for_is_not_carried_out_after_the_approval() {
    gone("suspended", async |bench| {
        bench.parts.acts.suspend_tenant(&bench.tenant, &Actor::Console).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_to_go_through_a_connection_that_is_gone_ends() {
    gone("removed", async |bench| {
        bench.parts.acts.delete_connection(&bench.tenant, "main", &Actor::Console).await.unwrap();
    })
    .await;
}

/// Approves while no gateway is there to carry it out, takes the ground from under it, and starts one.
async fn gone(word: &str, take_away: impl AsyncFn(&Bench)) {
    let bench = Bench::start().await;
    let mut replica = bench.replica("a").await;
    let id = new_account(&bench, &replica, "Never").await;
    let before = bench.changes().await.len();
    replica.kill().await;
    bench.parts.approvals.decide(&id, Verdict::Approve, &Actor::Console).await.unwrap();
    take_away(&bench).await;
    replica.start_again();
    let over = bench.over(&id, Duration::from_secs(20)).await;
    assert_eq!(over.state, OperationState::Cancelled);
    let why = over.results[0].message.clone().unwrap();
    assert!(why.contains(word), "{why}");
    assert_eq!(bench.changes().await.len(), before);
}

async fn new_account(bench: &Bench, replica: &Replica, name: &str) -> OperationId {
    bench.held(replica.public, "create_account", json!({ "name": name })).await
}
