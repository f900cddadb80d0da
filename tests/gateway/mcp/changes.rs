//! What each change sends to Duo, what it does there, and when it waits.

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::ids::OperationId;
use duo_mcp_gateway::operations::Verdict;
use serde_json::{Value, json};

use crate::support::client::{Client, Era};
use crate::support::duo::Duo;
use crate::support::gateway::Gateway;
use crate::support::tour::EIGHTEEN;

/// Makes the change and gives its answer and the one request that Duo saw: right method, path, signature and key.
async fn change(client: &Client, duo: &Duo, tool: &str, arguments: Value, path: &str, signer: &str) -> (Value, Value) {
    duo.forget().await;
    let answer = client.call(tool, arguments).await;
    let done = answer.done().clone();
    let request = duo.only_change().await;
    assert_eq!((&request["method"], &request["path"]), (&json!("POST"), &json!(path)), "{tool}: {request:#}");
    assert_eq!(request["signature"], "v5/sha512", "{tool}");
    assert_eq!(request["ikey"], duo.application(signer).ikey, "{tool}");
    assert_eq!((&request["listener"], &request["outcome"]), (&json!("https"), &json!(200)), "{tool}: {request:#}");
    (done, request["params"].clone())
}

async fn unattended(gateway: &Gateway) -> Client {
    let key = gateway.unattended_key(&EIGHTEEN).await;
    gateway.modern().with_key(&key)
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_users_send_what_they_say_and_have_their_effect() {
    let gateway = Gateway::start(|_| {}).await;
    let (client, duo) = (&unattended(&gateway).await, gateway.duo());
    let users = "/admin/v1/users";
    let new = json!({ "username": "nnew", "realname": "Nina New", "email": "nnew@example.com" });
    let (done, sent) = change(client, duo, "create_user", new.clone(), users, "Admin API").await;
    assert_eq!(sent, new);
    let there = duo.user("nnew").await;
    assert_eq!(there["realname"], "Nina New");
    assert_eq!(done["results"][0]["id"], there["user_id"], "{done:#}");
    let id = there["user_id"].as_str().unwrap();

    let several = json!({ "users": [{ "username": "none1" }, { "username": "jdoe" }, { "username": "none2" }] });
    let path = format!("{users}/bulk_create");
    let (done, sent) = change(client, duo, "bulk_create_users", several, &path, "Admin API").await;
    let list: Value = serde_json::from_str(sent["users"].as_str().unwrap()).unwrap();
    assert_eq!(list, json!([{ "username": "none1" }, { "username": "none2" }]), "who exists is left out");
    let mut outcomes: Vec<_> =
        done["results"].as_array().unwrap().iter().map(|r| r["outcome"].as_str().unwrap()).collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["already", "done", "done"], "{done:#}");
    assert_eq!(duo.user("none2").await["status"], "active");

    let notes = json!({ "user": "NNEW", "notes": "likes tea" });
    let (_, sent) = change(client, duo, "modify_user", notes, &format!("{users}/{id}"), "Admin API").await;
    assert_eq!(sent, json!({ "notes": "likes tea" }));
    assert_eq!(duo.user("nnew").await["notes"], "likes tea");

    let bypass = json!({ "user": id, "status": "bypass" });
    let (_, sent) = change(client, duo, "modify_user", bypass, &format!("{users}/{id}"), "Admin API").await;
    assert_eq!(sent, json!({ "status": "bypass" }));
    assert_eq!(duo.user("nnew").await["effective_status"], "bypass");

    let list = json!({ "user_id_list": json!([id]).to_string() });
    let path = format!("{users}/bulk_send_to_trash");
    let (done, sent) = change(client, duo, "trash_users", json!({ "users": ["nnew"] }), &path, "Admin API").await;
    assert_eq!(sent, list);
    assert_eq!(done["results"][0]["now"]["status_before"], "bypass", "{done:#}");
    assert_eq!(duo.user("nnew").await["status"], "pending deletion");

    let path = format!("{users}/bulk_restore");
    let (done, sent) = change(client, duo, "restore_users", json!({ "users": ["nnew"] }), &path, "Admin API").await;
    assert_eq!(sent, list);
    assert_eq!(duo.user("nnew").await["status"], "disabled", "Duo leaves restored users disabled");
    assert!(done["notes"].to_string().contains("nnew was bypass before the trash"), "{done:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_accounts_are_signed_by_the_accounts_key_and_move_money() {
    let gateway = Gateway::start(|_| {}).await;
    let (client, duo) = (&unattended(&gateway).await, gateway.duo());
    let child = async |name: &str| {
        let accounts = duo.control("GET", "accounts", None).await;
        accounts["children"].as_array().unwrap().iter().find(|child| child["name"] == name).cloned()
    };
    let balance = async || duo.control("GET", "accounts", None).await["parent"]["credits"].as_i64().unwrap();
    let (acme, before) = (child("Acme").await.unwrap(), balance().await);
    let id = &acme["account_id"];

    let edition = json!({ "account": "acme", "edition": "BEYOND" });
    let (_, sent) =
        change(client, duo, "set_billing_edition", edition, "/admin/v1/billing/edition", "Accounts API").await;
    assert_eq!(sent, json!({ "account_id": id, "edition": "BEYOND" }));
    assert_eq!(child("Acme").await.unwrap()["edition"], "BEYOND");

    let credits = acme["credits"].as_i64().unwrap() + 5;
    let wanted = json!({ "account": id, "credits": credits });
    let path = "/admin/v1/billing/telephony_credits";
    let (_, sent) = change(client, duo, "set_telephony_credits", wanted, path, "Accounts API").await;
    assert_eq!(sent["account_id"], *id);
    assert_eq!(sent["credits"].to_string().trim_matches('"'), credits.to_string(), "a total, not an increment");
    assert_eq!(child("Acme").await.unwrap()["credits"], credits);
    assert_eq!(balance().await, before - 5, "the difference comes from the parent");

    let new = json!({ "name": "Dahlia Foods" });
    let (done, sent) =
        change(client, duo, "create_account", new.clone(), "/accounts/v1/account/create", "Accounts API").await;
    assert_eq!(sent, new);
    let made = child("Dahlia Foods").await.unwrap();
    assert_eq!(done["results"][0]["id"], made["account_id"], "{done:#}");

    let named = json!({ "account": "Dahlia Foods" });
    let (_, sent) = change(client, duo, "delete_account", named, "/accounts/v1/account/delete", "Accounts API").await;
    assert_eq!(sent, json!({ "account_id": made["account_id"] }));
    assert!(child("Dahlia Foods").await.is_none());

    // Inside a child, users are changed by the parent's Accounts key at the child's own host.
    let new = json!({ "account": "Acme", "username": "nchild" });
    let (done, sent) = change(client, duo, "create_user", new, "/admin/v1/users", "Accounts API").await;
    assert_eq!((&done["account"], &sent["username"]), (&json!("Acme"), &json!("nchild")));
    let request = duo.only_change().await;
    assert_eq!((&request["account_id"], &request["host"]), (id, &acme["api_hostname"]), "{request:#}");
    assert_eq!(duo.control("GET", "users/nchild?account=Acme", None).await["status"], "active");
    assert!(child("Acme").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn small_changes_run_larger_ones_ask_and_the_largest_always_wait() {
    let gateway = Gateway::start(|_| {}).await;
    let duo = gateway.duo();
    let (forms, legacy) = (gateway.modern(), gateway.legacy());
    let no_forms = forms.in_era(Era::Modern { forms: false });
    for (number, client) in [&forms, &no_forms, &legacy].into_iter().enumerate() {
        client.call("create_user", json!({ "username": format!("small{number}") })).await.done();
    }
    duo.forget().await;
    let two = json!({ "users": ["jdoe", "mrossi"] });
    let shown = forms.call("trash_users", two.clone()).await.form();
    assert!(shown.message.contains("jdoe") && shown.message.contains("mrossi"), "{}", shown.message);
    // Another list than the form's, because an identical change is the same operation.
    let others = json!({ "users": ["lking", "jsmith"] });
    let waiting = no_forms.call("trash_users", others.clone()).await;
    let operation = waiting.pending();
    assert!(waiting.failure()["message"].as_str().unwrap().contains(&gateway.admin_url("/approvals/")), "{waiting:?}");
    assert_eq!(waiting.failure()["next_tool"], "get_operation");
    assert_eq!(
        legacy.call("trash_users", others.clone()).await.pending(),
        operation,
        "a repeat is not a second change"
    );
    assert!(legacy.call("get_context", json!({})).await.0.to_string().contains(&operation));

    // Without a second factor: never by a form, which a client might fill in by itself.
    let mut largest = Vec::new();
    for (name, client) in [("jdoe", &forms), ("mrossi", &no_forms), ("narroway", &legacy)] {
        largest.push(client.call("modify_user", json!({ "user": name, "status": "bypass" })).await.pending());
    }
    let answered = json!({ "confirmation": { "action": "accept", "content": { "confirm": "jdoe" } } });
    let arguments = json!({ "user": "jdoe", "status": "bypass" });
    let filled = json!({ "name": "modify_user", "arguments": arguments, "inputResponses": answered });
    assert_eq!(forms.tool(filled).await.pending(), largest[0]);
    for (tool, arguments) in [
        ("delete_account", json!({ "account": "Acme" })),
        ("set_billing_edition", json!({ "account": "Acme", "edition": "BEYOND" })),
        ("set_telephony_credits", json!({ "account": "Acme", "credits": 1 })),
    ] {
        forms.call(tool, arguments).await.pending();
    }
    assert!(duo.changes().await.is_empty(), "{:#?}", duo.changes().await);

    gateway.approve(&operation).await;
    let done = legacy.ended(&operation).await;
    assert_eq!((&done["state"], &done["decided_by"]), (&json!("done"), &json!("console")), "{done:#}");
    assert_eq!(duo.only_change().await["path"], "/admin/v1/users/bulk_send_to_trash");
    assert_eq!(duo.user("lking").await["status"], "pending deletion");
    let id = OperationId::parse(&largest[1]).unwrap();
    gateway.parts.approvals.decide(&id, Verdict::Deny, &Actor::Console).await.unwrap();
    assert_eq!(legacy.ended(&largest[1]).await["state"], "denied");
    assert_eq!(duo.user("mrossi").await["status"], "active");
    assert_eq!(duo.changes().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_duo_would_refuse_and_what_is_so_already_is_never_sent() {
    let gateway = Gateway::start(|_| {}).await;
    let (client, duo) = (gateway.modern(), gateway.duo());
    duo.forget().await;
    for (tool, arguments, code) in [
        ("trash_users", json!({ "users": ["dsync"] }), "user_is_directory_synced"),
        ("modify_user", json!({ "user": "dsync", "status": "disabled" }), "user_is_directory_synced"),
        ("trash_users", json!({ "users": ["nobody-of-this-name"] }), "user_not_found"),
        ("modify_user", json!({ "user": "nobody-of-this-name", "notes": "x" }), "user_not_found"),
        ("create_user", json!({ "username": "JDOE" }), "user_exists"),
        ("create_user", json!({ "username": "narroway@example.com" }), "user_exists"),
        ("create_account", json!({ "name": "acme" }), "account_exists"),
        ("delete_account", json!({ "account": "Nobody Ltd" }), "account_not_found"),
        ("delete_account", json!({ "account": "main" }), "child_account_required"),
        ("preauth", json!({ "account": "Nobody Ltd", "username": "jdoe" }), "account_not_found"),
    ] {
        let failure = client.call(tool, arguments.clone()).await.failure();
        assert_eq!(failure["code"], code, "{tool} {arguments}: {failure:#}");
    }
    for (tool, arguments) in [
        ("modify_user", json!({ "user": "asmith", "status": "bypass" })),
        ("modify_user", json!({ "user": "jdoe", "realname": "Jane Doe" })),
        ("restore_users", json!({ "users": ["jdoe"] })),
        ("bulk_create_users", json!({ "users": [{ "username": "jdoe" }, { "username": "mrossi" }] })),
    ] {
        let answer = client.call(tool, arguments.clone()).await;
        assert_eq!(answer.done()["results"][0]["outcome"], "already", "{tool} {arguments}: {answer:?}");
        assert!(answer.done().get("operation_id").is_none());
    }
    assert!(duo.changes().await.is_empty(), "{:#?}", duo.changes().await);
    // Of several, those that can be are asked about, and the form says which are left out and why.
    let form = client.call("trash_users", json!({ "users": ["dsync", "jdoe", "mrossi", "nobody"] })).await.form();
    assert!(form.message.contains("Not done: dsync is managed by a directory sync"), "{}", form.message);
    assert!(form.message.contains("To go on, type: 2"), "{}", form.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_has_too_much_waiting_is_told_to_have_it_decided() {
    let gateway = Gateway::start(|settings| settings.operations.open_per_key = 1).await;
    let client = gateway.modern().in_era(Era::Modern { forms: false });
    let first = client.call("trash_users", json!({ "users": ["jdoe", "mrossi"] })).await.failure();
    assert_eq!(first["code"], "approval_pending", "{first:#}");
    let more = json!({ "users": ["lking", "jsmith"] });
    let refused = client.call("trash_users", more.clone()).await.failure();
    assert_eq!(refused["code"], "too_many_waiting", "{refused:#}");
    let id = OperationId::parse(first["operation_id"].as_str().unwrap()).unwrap();
    gateway.parts.approvals.decide(&id, Verdict::Deny, &Actor::Console).await.unwrap();
    assert_eq!(client.call("trash_users", more).await.code(), "approval_pending");
}
