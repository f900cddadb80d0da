//! Duo in trouble: what is tried again, what is looked at, what is never repeated.

use duo_api::{Api, SignatureVersion};
use duo_mcp_gateway::config::Seconds;
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::scope::Scopes;
use duo_mcp_gateway::tenants::{NewConnection, NewCredential, Verify};
use serde_json::{Value, json};
use sqlx::sqlite::SqlitePool;

use crate::support::client::Client;
use crate::support::gateway::{CONNECTION, Gateway};

#[tokio::test(flavor = "multi_thread")]
async fn a_read_is_tried_again_and_then_told_plainly() {
    let gateway = Gateway::start(|_| {}).await;
    let (client, duo) = (gateway.legacy(), gateway.duo());
    let users = json!({ "limit": 2 });
    for fault in [
        json!({ "kind": "rate_limit", "path": "/admin/v1/users", "retry_after": "0" }),
        json!({ "kind": "html502", "path": "/admin/v1/users" }),
        json!({ "kind": "reset", "path": "/admin/v1/users" }),
        json!({ "kind": "bad_timestamp", "path": "/admin/v1/users" }),
    ] {
        duo.forget().await;
        duo.fault(fault.clone()).await;
        let answer = client.call("list_users", users.clone()).await;
        assert_eq!(answer.structured()["returned"], 2, "{fault}");
        assert_eq!(duo.record().await.len(), 2, "{fault}: once more, and no oftener");
    }
    for (fault, code) in [
        (json!({ "kind": "rate_limit", "retry_after": "600" }), "rate_limited"),
        (json!({ "kind": "html502" }), "duo_answer_unreadable"),
        (json!({ "kind": "status", "status": 500 }), "duo_fault"),
    ] {
        let mut always = fault.clone();
        always["times"] = json!(10);
        duo.fault(always).await;
        let failure = client.call("list_users", users.clone()).await.failure();
        assert_eq!((&failure["code"], &failure["retryable"]), (&json!(code), &json!(true)), "{failure:#}");
        assert!(failure["retry_after_s"].as_u64().unwrap() >= 1, "{failure:#}");
        let text = failure.to_string();
        assert!(!text.contains('<') && !text.contains(&duo.application("Admin API").ikey), "{text}");
        duo.control("DELETE", "faults", None).await;
    }
}

/// How often this person's change reached Duo, and how it ended.
async fn changed(client: &Client, gateway: &Gateway, name: &str, when: &str) -> (usize, Value) {
    let duo = gateway.duo();
    let path = format!("/admin/v1/users/{}", duo.user(name).await["user_id"].as_str().unwrap());
    duo.fault(json!({ "kind": "reset", "when": when, "method": "POST", "path": path })).await;
    let answer = client.call("modify_user", json!({ "user": name, "notes": "after a fault" })).await;
    let ended = client.ended(answer.structured()["operation_id"].as_str().unwrap()).await;
    assert_eq!(duo.user(name).await["notes"], "after a fault");
    (duo.asked("POST", &path).await.len(), ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_answer_was_lost_is_looked_at_before_anything_else() {
    // A lost request can arrive until its deadline, which is waited for.
    let gateway = Gateway::start(|settings| settings.duo.call_timeout_seconds = Seconds(2)).await;
    let (client, duo) = (&gateway.legacy(), gateway.duo());
    let lost_after = changed(client, &gateway, "jdoe", "after");
    let lost_before = changed(client, &gateway, "jsmith", "before");
    let created = async {
        duo.fault(json!({ "kind": "reset", "when": "after", "method": "POST", "path": "/admin/v1/users" })).await;
        let answer = client.call("create_user", json!({ "username": "nnew" })).await;
        client.ended(answer.structured()["operation_id"].as_str().unwrap()).await
    };
    let pushed = async {
        duo.fault(json!({ "kind": "reset", "when": "after", "path": "/auth/v2/auth" })).await;
        let answer = client.call("auth", json!({ "username": "lking", "factor": "sms" })).await;
        client.ended(answer.structured()["operation_id"].as_str().unwrap()).await
    };
    let ((times_after, after), (times_before, before), created, pushed) =
        tokio::join!(lost_after, lost_before, created, pushed);
    assert_eq!((times_after, &after["state"]), (1, &json!("done")), "seen, and not sent twice: {after:#}");
    assert_eq!((times_before, &before["state"]), (2, &json!("done")), "provably not done, so sent again: {before:#}");
    assert_eq!(created["state"], "done", "{created:#}");
    assert_eq!(duo.asked("POST", "/admin/v1/users").await.len(), 1);
    assert_eq!(created["results"][0]["id"], duo.user("nnew").await["user_id"]);
    assert_eq!(pushed["state"], "outcome_unknown", "a text cannot be seen: {pushed:#}");
    assert_eq!(duo.asked("POST", "/auth/v2/auth").await.len(), 1, "and is not sent twice");
    assert_eq!(duo.control("GET", "sent", None).await["sent"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_duo_refuses_for_its_rate_is_sent_when_there_is_room() {
    let gateway = Gateway::start(|_| {}).await;
    let (client, duo) = (gateway.legacy(), gateway.duo());
    duo.fault(json!({ "kind": "rate_limit", "method": "POST", "path": "/admin/v1/users", "retry_after": "0" })).await;
    client.call("create_user", json!({ "username": "nnew" })).await.done();
    assert_eq!(duo.asked("POST", "/admin/v1/users").await.len(), 2);
    assert_eq!(duo.user("nnew").await["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_duo_refuses_and_missing_grants_are_told_with_what_to_do() {
    let gateway = Gateway::start(|_| {}).await;
    let (acts, duo) = (&gateway.parts.acts, gateway.duo());
    let weak = acts.register_tenant("weak", "Weak", &Actor::Console).await.unwrap();
    let wrong = acts.register_tenant("wrong", "Wrong", &Actor::Console).await.unwrap();
    let admin = duo.application("Admin API");
    for tenant in [&weak, &wrong] {
        let new = NewConnection { name: CONNECTION.into(), host: admin.host.clone(), ..NewConnection::default() };
        acts.put_connection(&tenant.id, &new, &Actor::Console).await.unwrap();
    }
    gateway.put(&weak, Api::Admin, "Admin API (read only)").await;
    let key = gateway.new_key(&weak, "Wes Weak", Scopes::all(), vec![]).await.1;
    let client = gateway.legacy().with_key(&key);
    client.call("list_users", json!({ "limit": 1 })).await.structured();
    let refused = client.call("create_user", json!({ "username": "nnew" })).await;
    assert_eq!(refused.structured()["state"], "failed");
    let message = refused.structured()["results"][0]["message"].as_str().unwrap();
    assert!(message.contains("Grant resource - Write"), "{message}");
    let logs = client.call("get_user", json!({ "user": "jdoe", "include": ["recent_logins"] })).await.0.to_string();
    assert!(logs.contains("Grant read log"), "{logs}");

    // Keys that worked once, and whose secret was reset in Duo's panel since.
    let skey = "y".repeat(40);
    let (ikey, signature, verify) = (&admin.ikey, SignatureVersion::V5, Verify::Later);
    let new = NewCredential { api: Api::Admin, ikey, skey: &skey, signature, verify };
    acts.put_credential(&wrong.id, CONNECTION, new, &Actor::Console).await.unwrap();
    let file = gateway.settings.data_dir.join("gateway.sqlite");
    let pool = SqlitePool::connect(file.to_str().unwrap()).await.unwrap();
    let verified = sqlx::query("UPDATE credentials SET status = 'verified' WHERE tenant_id = $1");
    assert_eq!(verified.bind(wrong.id.as_str()).execute(&pool).await.unwrap().rows_affected(), 1);
    let key = gateway.new_key(&wrong, "Willa Wrong", Scopes::all(), vec![]).await.1;
    let client = gateway.legacy().with_key(&key);
    let failure = client.call("list_users", json!({ "limit": 1 })).await.failure();
    assert_eq!((&failure["code"], &failure["retryable"]), (&json!("duo_keys_rejected"), &json!(false)), "{failure:#}");
    assert!(failure["message"].as_str().unwrap().contains("40103"), "{failure:#}");
    let checks = client.call("check_auth", json!({})).await;
    assert_eq!(checks.structured()["all_valid"], false);
    assert!(!format!("{failure} {checks:?}").contains(&skey));
}
