//! A row for every call, a change's before it is sent, and nobody's data in them.

use std::time::Duration;

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::audit::{AuditEvent, AuditOutcome};
use duo_mcp_gateway::domain::card::Level;
use duo_mcp_gateway::domain::ids::OperationId;
use duo_mcp_gateway::operations::Verdict;
use serde_json::json;
use sqlx::SqlitePool;
use tokio::time::sleep;

use crate::support::gateway::Gateway;

/// The tenant's rows, oldest first.
pub(super) async fn rows(gateway: &Gateway) -> Vec<AuditEvent> {
    gateway.parts.recorder.flush().await;
    let mut rows = gateway.parts.store.audit.list(Some(&gateway.tenant.id), None, 1_000).await.unwrap();
    rows.reverse();
    rows
}

async fn file(gateway: &Gateway) -> SqlitePool {
    SqlitePool::connect(gateway.settings.data_dir.join("gateway.sqlite").to_str().unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_leaves_a_row_that_says_who_did_what_and_holds_nobodys_data() {
    let gateway = Gateway::start(|_| {}).await;
    let client = gateway.modern();
    let before = rows(&gateway).await.len();
    client.call("list_users", json!({ "limit": 2 })).await.structured();
    client.call("get_user", json!({ "user": "nobody@example.com" })).await.failure();
    client.rpc("tools/call", json!({ "name": "jdoe-is-no-tool", "arguments": {} })).await;
    client.call("list_users", json!({ "limit": 1000, "email": "jdoe@example.com" })).await.failure();
    client.with_query("readonly=true").call("trash_users", json!({ "users": ["jdoe"] })).await.failure();
    client.call("create_user", json!({ "username": "nnew", "email": "nnew@example.com" })).await.done();
    let waiting = client.call("modify_user", json!({ "user": "jdoe", "status": "bypass" })).await.pending();
    let id = OperationId::parse(&waiting).unwrap();
    gateway.parts.approvals.decide(&id, Verdict::Deny, &Actor::Console).await.unwrap();

    let rows = rows(&gateway).await.split_off(before);
    let told: Vec<_> = rows.iter().map(|row| (row.action.as_str(), row.outcome, row.code.as_deref())).collect();
    let expected = [
        ("list_users", AuditOutcome::Ok, None),
        ("get_user", AuditOutcome::Failed, Some("user_not_found")),
        ("unknown_tool", AuditOutcome::Denied, Some("unknown_tool")),
        ("list_users", AuditOutcome::Failed, Some("bad_arguments")),
        ("trash_users", AuditOutcome::Denied, Some("tool_not_chosen")),
        ("create_user", AuditOutcome::Intent, None),
        ("create_user", AuditOutcome::Ok, None),
        ("modify_user", AuditOutcome::Held, None),
        ("operation.deny", AuditOutcome::Ok, None),
    ];
    // Rows of reads are written in batches, so those of changes may come before them.
    for one in expected {
        assert!(told.contains(&one), "{one:?} in {told:#?}");
    }
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    let text = format!("{rows:?}");
    for personal in ["jdoe", "nnew", "nobody", "example.com", "Jane"] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
    for row in rows.iter().filter(|row| row.action != "operation.deny") {
        assert!(matches!(&row.actor, Actor::Key { person, .. } if person == "Ada Admin"), "{row:?}");
        assert!(row.digest.is_some() && row.tenant.as_ref() == Some(&gateway.tenant.id), "{row:?}");
        assert!(row.operation.is_some() || row.request.is_some(), "{row:?}");
        assert!(row.outcome == AuditOutcome::Intent || row.outcome == AuditOutcome::Held || row.duration_ms.is_some());
    }
    let done = rows.iter().find(|row| row.action == "create_user" && row.outcome == AuditOutcome::Ok).unwrap();
    assert_eq!(done.level, Some(Level::L1));
    assert_eq!(done.objects, [gateway.duo().user("nnew").await["user_id"].as_str().unwrap()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_written_down_before_it_is_sent_or_it_is_not_sent() {
    let gateway = Gateway::start(|settings| settings.audit.strict = true).await;
    let (client, duo) = (gateway.legacy(), gateway.duo());
    duo.fault(json!({ "kind": "delay", "delay_ms": 1_500, "method": "POST", "path": "/admin/v1/users" })).await;
    let create = |name: &str| client.call("create_user", json!({ "username": name }));
    let (answer, ()) = tokio::join!(create("nnew"), async {
        while duo.asked("POST", "/admin/v1/users").await.is_empty() {
            sleep(Duration::from_millis(20)).await;
        }
        let rows = rows(&gateway).await;
        let of = |outcome| rows.iter().filter(|row| row.action == "create_user" && row.outcome == outcome).count();
        assert_eq!((of(AuditOutcome::Intent), of(AuditOutcome::Ok)), (1, 0), "while the request is under way");
    });
    answer.done();
    duo.forget().await;
    let pool = file(&gateway).await;
    sqlx::query("ALTER TABLE audit RENAME TO audit_away").execute(&pool).await.unwrap();
    let failure = create("nunseen").await.failure();
    assert_eq!((&failure["code"], &failure["retryable"]), (&json!("internal"), &json!(true)), "{failure:#}");
    assert!(duo.changes().await.is_empty(), "nothing is sent of which nothing is known");
    // By the strict setting, a read is not answered without its row either.
    assert_eq!(client.call("list_users", json!({ "limit": 1 })).await.code(), "internal");
    sqlx::query("ALTER TABLE audit_away RENAME TO audit").execute(&pool).await.unwrap();
    create("nseen").await.done();
    duo.only_change().await;
}
