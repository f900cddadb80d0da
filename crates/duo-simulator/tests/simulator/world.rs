//! Rules of the world that Duo's client has no calls for.

use std::time::{Duration, Instant};

use duo_simulator::ApplicationKind::{Accounts, Admin, Auth};
use serde_json::{Value, json};

use super::caller::Duo;

#[tokio::test]
async fn one_seed_is_one_world_and_another_is_another() {
    let (one, same) = (Duo::start().await, Duo::start().await);
    let names = async |duo: &Duo| duo.get(Admin, "/admin/v1/users", "limit=5").await.json()["response"].clone();
    let ids = |users: &Value| users.as_array().unwrap().iter().map(|u| u["user_id"].clone()).collect::<Vec<_>>();
    assert_eq!(one.keys(Admin).skey, same.keys(Admin).skey);
    let first = ids(&names(&one).await);
    assert_eq!(first, ids(&names(&same).await));
    one.control("POST", "load", &json!({"users": 3})).await;
    one.control("POST", "reset", &json!(null)).await;
    assert_eq!(first, ids(&names(&one).await), "a reset goes back to the same world");
    let settings = duo_simulator::SimulatorSettings { seed: 2, users: 40, ..Default::default() };
    let other = Duo::with(settings).await;
    assert_ne!(one.keys(Admin).skey, other.keys(Admin).skey);
    assert_ne!(one.keys(Admin).host, other.keys(Admin).host);
}

#[tokio::test]
async fn an_accounts_key_opens_a_child_only_by_its_id() {
    let duo = Duo::start().await;
    let children = duo.post(Accounts, "/accounts/v1/account/list", &json!({})).await.json();
    let children = children["response"].as_array().unwrap().clone();
    assert_eq!(children.len(), 3);
    let acme = children.iter().find(|child| child["name"] == "Acme").unwrap();
    let id = acme["account_id"].as_str().unwrap();
    let line = format!("account_id={id}");
    let edition = duo.get(Accounts, "/admin/v1/billing/edition", &line).await;
    assert_eq!(edition.json()["response"], json!({"edition": "PLATFORM"}));
    assert_eq!(duo.get(Accounts, "/admin/v1/billing/edition", "").await.code(), 40301);
    assert_eq!(duo.get(Admin, "/admin/v1/billing/edition", &line).await.code(), 40301);
    duo.post(Accounts, "/accounts/v1/account/delete", &json!({"account_id": id})).await;
    assert_eq!(duo.get(Accounts, "/admin/v1/billing/edition", &line).await.code(), 40301, "gone");
}

#[tokio::test]
async fn a_poll_waits_for_the_press_and_not_longer() {
    let duo = Duo::start().await;
    let push = json!({"username": "mrossi", "factor": "push", "device": "auto", "async": "1"});
    let started = duo.post(Auth, "/auth/v2/auth", &push).await.json();
    let line = format!("txid={}", started["response"]["txid"].as_str().unwrap());
    let status = async || duo.get(Auth, "/auth/v2/auth_status", &line).await.json()["response"].clone();
    assert_eq!(status().await["status"], "pushed");
    let press = async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        duo.control("POST", "press", &json!({"user": "MROSSI", "action": "fraud"})).await;
    };
    let began = Instant::now();
    let (answer, ()) = tokio::join!(status(), press);
    assert_eq!((&answer["result"], &answer["status"]), (&json!("deny"), &json!("fraud")));
    assert!(began.elapsed() >= Duration::from_millis(240) && began.elapsed() < Duration::from_secs(5));
    duo.control("POST", "options", &json!({"poll_ms": 200, "poll_refuses": true})).await;
    let started = duo.post(Auth, "/auth/v2/auth", &push).await.json();
    let line = format!("txid={}", started["response"]["txid"].as_str().unwrap());
    duo.get(Auth, "/auth/v2/auth_status", &line).await;
    assert_eq!(duo.get(Auth, "/auth/v2/auth_status", &line).await.code(), 40002, "the poll ran out");
}

#[tokio::test]
async fn bulk_calls_leave_directory_users_alone_in_both_directions() {
    let duo = Duo::start().await;
    let id = async |name: &str| {
        let user = duo.control("GET", &format!("users/{name}"), &json!(null)).await;
        user["user_id"].as_str().unwrap().to_owned()
    };
    let (synced, free) = (id("dsync").await, id("jsmith").await);
    let list = json!({"user_id_list": json!([synced, free]).to_string()});
    let answer = duo.post(Admin, "/admin/v1/users/bulk_send_to_trash", &list).await.json();
    assert_eq!(answer["response"]["succeeded"], json!([free]));
    assert_eq!(answer["response"]["failed"][0]["reason"], "directory_managed");
    let state = duo.control("GET", "users/jsmith", &json!(null)).await;
    assert!(state["trashed_ms"].is_i64());
    let again = duo.post(Admin, "/admin/v1/users/bulk_restore", &list).await.json();
    assert_eq!(again["response"]["succeeded"], json!([free]));
    assert_eq!(duo.control("GET", "users/jsmith", &json!(null)).await["status"], "disabled");
    let real = duo.post(Admin, "/admin/v1/users/bulk_restore", &json!({"user_id_list": [free]})).await;
    assert_eq!(real.code(), 40002, "the list travels as text");
}

#[tokio::test]
async fn every_kind_of_person_is_there() {
    let duo = Duo::with(duo_simulator::SimulatorSettings::default()).await;
    let users = duo.get(Admin, "/admin/v1/users", "limit=300").await.json()["response"].clone();
    let users = users.as_array().unwrap();
    assert_eq!(users.len(), 250);
    let count = |fits: &dyn Fn(&Value) -> bool| users.iter().filter(|user| fits(user)).count();
    for status in ["active", "bypass", "disabled", "locked out"] {
        assert!(count(&|user| user["status"] == status) >= 4, "{status}");
    }
    assert_eq!(count(&|user| user["status"] == "pending deletion"), 3);
    assert!(count(&|user| user["directory_key"].is_string()) > 40);
    assert!(count(&|user| user["is_enrolled"] == false) > 5);
    assert!(count(&|user| user["webauthncredentials"].as_array().is_some_and(|k| !k.is_empty())) > 5);
    let long_ago = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap() - 60 * 86_400;
    assert!(count(&|user| user["last_login"].as_i64().is_some_and(|at| at < long_ago)) > 5);
    for name in ["jdoe", "asmith", "mrossi", "lking", "jsmith", "narroway"] {
        assert_eq!(count(&|user| user["username"] == name), 1, "{name}");
    }
}
