//! Operations over REST: shown exactly, approved or denied once and only once.

use std::time::Duration;

use serde_json::{Value, json};

use super::house::House;

#[tokio::test]
async fn an_approval_is_carried_out_once_and_only_once() {
    let house = House::start().await;
    house.tenant().await;
    let key = house.api_key().await;
    let id = house.waiting(&key).await;
    let listed = house.rest("GET", "/operations?state=waiting", None).await.json();
    assert_eq!(listed["items"][0]["id"], id.as_str());

    let shown = house.rest("GET", &format!("/operations/{id}"), None).await.json();
    assert_eq!((shown["state"].as_str(), shown["caller"]["person"].as_str()), (Some("waiting"), Some("Petra")));
    let request = &shown["plan"]["requests"][0];
    assert_eq!(
        (request["method"].as_str(), request["path"].as_str()),
        (Some("POST"), Some("/admin/v1/users/bulk_send_to_trash"))
    );
    let ids: Vec<String> = serde_json::from_str(request["params"]["user_id_list"].as_str().unwrap()).unwrap();
    assert_eq!(ids.len(), 2, "{request}");
    assert_eq!(house.times_trashed().await, 0, "nothing was sent yet");

    let path = format!("/operations/{id}/approve");
    let twice = tokio::join!(house.rest("POST", &path, None), house.rest("POST", &path, None));
    let mut statuses = [twice.0.status, twice.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{twice:?}");
    let done = until_over(&house, &id).await;
    assert_eq!((done["state"].as_str(), done["decided_by"]["name"].as_str()), (Some("done"), Some("Olga")), "{done}");
    assert!(done["plan"].is_null(), "what was sent is not kept: {done}");
    assert_eq!(house.times_trashed().await, 1);
    assert_eq!(house.rest("POST", &format!("/operations/{id}/deny"), None).await.json()["code"], "not_waiting");
    let audit = house.rest("GET", "/tenants/acme/audit", None).await.body;
    assert!(audit.contains("operation.approve"), "{audit}");
    house.stop().await;
}

#[tokio::test]
async fn a_denial_sends_nothing() {
    let house = House::start().await;
    house.tenant().await;
    let key = house.api_key().await;
    let id = house.waiting(&key).await;
    let denied = house.rest("POST", &format!("/operations/{id}/deny"), None).await.json();
    assert_eq!(denied["state"], "denied");
    assert_eq!(house.rest("POST", &format!("/operations/{id}/approve"), None).await.status, 409);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(house.times_trashed().await, 0);
    assert_eq!(house.rest("GET", "/operations", None).await.json()["items"], json!([]));
    let unknown = "/operations/op_aaaaaaaaaaaaaaaaaaaaaa";
    assert_eq!(house.rest("GET", unknown, None).await.status, 404);
    assert_eq!(house.rest("POST", &format!("{unknown}/approve"), None).await.status, 404);
    assert_eq!(house.rest("GET", "/operations?state=done", None).await.status, 400);
    house.stop().await;
}

#[tokio::test]
async fn what_waits_is_listed_in_pages() {
    let house = House::start().await;
    house.tenant().await;
    let key = house.api_key().await;
    let first = house.waiting(&key).await;
    let users = json!({"users": [{"username": "new1"}, {"username": "new2"}]});
    house.call(&key, "bulk_create_users", users).await;
    let page = house.rest("GET", "/operations?limit=1", None).await.json();
    assert_eq!((page["items"].as_array().unwrap().len(), &page["items"][0]["id"]), (1, &json!(first)), "{page}");
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = house.rest("GET", &format!("/operations?limit=1&cursor={cursor}"), None).await.json();
    assert_eq!(rest["items"][0]["tool"], "bulk_create_users", "{rest}");
    assert!(rest["next_cursor"].is_null(), "{rest}");
    assert_eq!(house.rest("GET", "/operations?cursor=nonsense", None).await.status, 400);
    house.stop().await;
}

async fn until_over(house: &House, id: &str) -> Value {
    for _ in 0..200 {
        let shown = house.rest("GET", &format!("/operations/{id}"), None).await.json();
        if !["approved", "running"].contains(&shown["state"].as_str().unwrap()) {
            return shown;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the operation was not carried out");
}
