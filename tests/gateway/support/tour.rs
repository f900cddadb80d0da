//! One call of every tool, with everything approved beforehand.

use serde_json::{Value, json};

use super::client::Client;
use super::duo::Duo;

/// The public names that users of existing Duo tool servers know.
pub(crate) const EIGHTEEN: [&str; 18] = [
    "auth",
    "auth_status",
    "bulk_create_users",
    "check_auth",
    "create_account",
    "create_user",
    "delete_account",
    "get_billing_edition",
    "get_telephony_credits",
    "list_accounts",
    "list_users",
    "modify_user",
    "ping_auth",
    "preauth",
    "restore_users",
    "set_billing_edition",
    "set_telephony_credits",
    "trash_users",
];
/// What this gateway has besides.
pub(crate) const OWN: [&str; 3] = ["get_context", "get_user", "get_operation"];

/// Calls every tool once and gives the structured answers in order.
pub(crate) async fn tour(client: &Client, duo: &Duo) -> Vec<(&'static str, Value)> {
    duo.script("lking", "approve").await;
    let mut answers = Vec::new();
    for (tool, arguments) in stops() {
        let answer = client.call(tool, arguments).await;
        answers.push((tool, answer.structured().clone()));
    }
    let asked = client.call("auth", json!({ "username": "lking", "factor": "push", "reason": "the tour" })).await;
    let (operation, txid) = (&asked.done()["operation_id"], &asked.done()["txid"]);
    let status = client.call("auth_status", json!({ "txid": txid })).await;
    let shown = client.call("get_operation", json!({ "operation_id": operation })).await;
    for (tool, answer) in [("auth", &asked), ("auth_status", &status), ("get_operation", &shown)] {
        answers.push((tool, answer.structured().clone()));
    }
    answers
}

fn stops() -> Vec<(&'static str, Value)> {
    let all = json!(["phones", "tokens", "webauthn", "desktop", "bypass_codes", "recent_logins"]);
    vec![
        ("get_context", json!({})),
        ("list_accounts", json!({})),
        ("check_auth", json!({})),
        ("ping_auth", json!({})),
        ("list_users", json!({ "limit": 3, "fields": ["aliases", "notes", "groups"] })),
        ("get_user", json!({ "user": "jsmith", "include": all })),
        ("preauth", json!({ "username": "lking" })),
        ("create_user", json!({ "username": "tnew", "realname": "Tess New" })),
        ("bulk_create_users", json!({ "users": [{ "username": "tone" }, { "username": "jdoe" }] })),
        ("modify_user", json!({ "user": "tnew", "notes": "made on the tour" })),
        ("trash_users", json!({ "users": ["tnew", "tone", "nobody-of-this-name"] })),
        ("restore_users", json!({ "users": ["tnew"] })),
        ("get_billing_edition", json!({ "account": "Acme" })),
        ("get_telephony_credits", json!({ "account": "Acme" })),
        ("set_billing_edition", json!({ "account": "Acme", "edition": "BEYOND" })),
        ("set_telephony_credits", json!({ "account": "Acme", "credits": 17 })),
        ("create_account", json!({ "name": "Tour Company" })),
        ("delete_account", json!({ "account": "Cedar Logistics" })),
    ]
}
