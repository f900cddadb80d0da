//! API keys over REST: shown once, and gone within two seconds of being revoked.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::house::House;
use super::wire::Ask;

#[tokio::test]
async fn a_key_is_shown_once_and_stops_when_it_is_revoked() {
    let house = House::start().await;
    house.tenant().await;
    let key = house.api_key().await;
    let listed = house.rest("GET", "/tenants/acme/keys", None).await;
    assert!(!listed.body.contains(&key) && listed.body.contains("Petra"), "{listed:?}");
    let id = listed.json()["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(list_tools(&house, &key).await, 200);
    assert_eq!(house.rest("DELETE", &format!("/tenants/acme/keys/{id}"), None).await.status, 204);
    let revoked = Instant::now();
    while list_tools(&house, &key).await != 401 {
        assert!(revoked.elapsed() < Duration::from_secs(2), "a revoked key stops within two seconds");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(house.rest("DELETE", &format!("/tenants/acme/keys/{id}"), None).await.status, 404);
    house.stop().await;
}

#[tokio::test]
async fn a_key_says_neither_too_little_nor_too_much() {
    let house = House::start().await;
    house.tenant().await;
    let new = |change: Value| {
        let mut new = json!({"name": "n", "person": "p", "scopes": ["duo:read"]});
        new.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        new
    };
    let standing = |tools: &str| {
        json!({"standing": [{"tools": [tools], "accounts": [], "up_to": "L2", "max_objects": 5, "per_hour": 5,
            "expires_at": 4_000_000_000_000_i64}]})
    };
    let mut chosen = standing("trash_users");
    chosen["standing"][0]["given_by"] = json!("Nobody");
    for (change, code) in [
        (json!({"scopes": []}), "no_scopes"),
        (json!({"scopes": ["duo:everything"]}), "bad_body"),
        (json!({"expires_in_days": 0}), "bad_lifetime"),
        (json!({"person": ""}), "bad_text"),
        (standing("*"), "bad_standing"),
        (standing("trash_user"), "bad_standing"),
        (chosen, "bad_body"),
    ] {
        let refused = house.rest("POST", "/tenants/acme/keys", Some(new(change))).await;
        assert_eq!((refused.status, refused.json()["code"].clone()), (422, json!(code)), "{refused:?}");
    }
    let made = house.rest("POST", "/tenants/acme/keys", Some(new(standing("trash_users")))).await;
    let approval = &made.json()["standing"][0];
    assert_eq!((&approval["tools"][0], &approval["given_by"]), (&json!("trash_users"), &json!("Olga")), "{made:?}");
    let plain = house.rest("POST", "/tenants/acme/keys", Some(new(json!({})))).await.json();
    let audit = house.rest("GET", "/tenants/acme/audit", None).await.json();
    let digest = |key: &Value| {
        let rows = audit["items"].as_array().unwrap();
        let row = rows.iter().find(|row| row["action"] == "key.create" && row["objects"][0] == key["id"]).unwrap();
        row["digest"].as_str().map(str::len)
    };
    assert_eq!((digest(&made.json()), digest(&plain)), (Some(32), None), "{audit}");
    house.stop().await;
}

async fn list_tools(house: &House, key: &str) -> u16 {
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}});
    let ask =
        Ask::new(house.public, "POST", "/mcp").bearer(key).header("accept", "application/json, text/event-stream");
    ask.header("mcp-protocol-version", "2025-06-18").json(&request).send().await.status
}
