//! The operations of a long test: a mix of changes, each to objects of its own.

use std::net::SocketAddr;

use duo_mcp_gateway::domain::ids::OperationId;
use serde_json::{Value, json};

use super::bench::Bench;

/// A change that waits, and how one knows that it was made.
pub(super) struct Waiting {
    pub(super) id: OperationId,
    what: What,
}

enum What {
    Bypass { user: String },
    Trash { users: [String; 2] },
    NewAccount { name: String },
    Credits { account: String, credits: i64 },
    Edition { account: String, edition: &'static str },
}

/// Makes this many waiting operations: about a third each of bypasses, pairs for the trash and new accounts, and the
/// credits and the edition of each child account.
pub(super) async fn prepare(bench: &Bench, to: SocketAddr, count: usize) -> Vec<Waiting> {
    let names: Vec<String> = (0..count * 2).map(|n| format!("person{n:05}")).collect();
    let ids = bench.users(to, &names).await;
    let mut users = names.iter().zip(&ids);
    let mut out = Vec::new();
    for child in children(bench).await {
        let (account, credits) =
            (child["account_id"].as_str().unwrap().to_owned(), child["credits"].as_i64().unwrap() + 7);
        let asked = json!({ "account": account, "credits": credits });
        let id = bench.held(to, "set_telephony_credits", asked).await;
        out.push(Waiting { id, what: What::Credits { account: account.clone(), credits } });
        let edition = if child["edition"] == "ENTERPRISE" { "PLATFORM" } else { "ENTERPRISE" };
        let id = bench.held(to, "set_billing_edition", json!({ "account": account, "edition": edition })).await;
        out.push(Waiting { id, what: What::Edition { account, edition } });
    }
    for n in out.len()..count {
        let mut user = || users.next().unwrap();
        let (tool, arguments, what) = match n % 3 {
            0 => {
                let (name, id) = user();
                ("modify_user", json!({ "user": name, "status": "bypass" }), What::Bypass { user: id.clone() })
            }
            1 => {
                let ((one, one_id), (two, two_id)) = (user(), user());
                let users = [one_id.clone(), two_id.clone()];
                ("trash_users", json!({ "users": [one, two] }), What::Trash { users })
            }
            _ => {
                let name = format!("Customer {n:05}");
                ("create_account", json!({ "name": name }), What::NewAccount { name })
            }
        };
        out.push(Waiting { id: bench.held(to, tool, arguments).await, what });
    }
    out
}

async fn children(bench: &Bench) -> Vec<Value> {
    bench.control("GET accounts", None).await["children"].as_array().unwrap().clone()
}

impl Waiting {
    /// Whether a request is this change's.
    pub(super) fn sent(&self, request: &Value) -> bool {
        let (path, params) = (request["path"].as_str().unwrap_or_default(), &request["params"]);
        match &self.what {
            What::Bypass { user } => path == format!("/admin/v1/users/{user}"),
            What::Trash { users } => {
                path == "/admin/v1/users/bulk_send_to_trash" && users.iter().all(|id| params.to_string().contains(id))
            }
            What::NewAccount { name } => path == "/accounts/v1/account/create" && params.to_string().contains(name),
            What::Credits { account, .. } => {
                path == "/admin/v1/billing/telephony_credits" && params.to_string().contains(account)
            }
            What::Edition { account, .. } => {
                path == "/admin/v1/billing/edition" && params.to_string().contains(account)
            }
        }
    }

    /// Fails unless the change is there now.
    pub(super) async fn check(&self, bench: &Bench, accounts: &[Value]) {
        let named = |what: &str, name: &str| accounts.iter().filter(|one| one[what] == json!(name)).collect::<Vec<_>>();
        match &self.what {
            What::Bypass { user } => {
                assert_eq!(bench.control(&format!("GET users/{user}"), None).await["status"], "bypass");
            }
            What::Trash { users } => {
                for user in users {
                    let there = bench.control(&format!("GET users/{user}"), None).await;
                    assert_eq!(there["status"], "pending deletion");
                }
            }
            What::NewAccount { name } => assert_eq!(named("name", name).len(), 1, "{name}"),
            What::Credits { account, credits } => {
                assert_eq!(named("account_id", account)[0]["credits"], json!(credits));
            }
            What::Edition { account, edition } => {
                assert_eq!(named("account_id", account)[0]["edition"], json!(edition));
            }
        }
    }
}
