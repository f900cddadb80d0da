//! Members, owner keys and invites over REST.

use serde_json::{Value, json};

use super::house::House;

async fn make(house: &House, path: &str, body: Value) -> Value {
    let made = house.rest("POST", path, Some(body)).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.json()
}

fn problem(reply: &super::wire::Reply) -> (u16, String) {
    (reply.status, reply.json()["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn the_life_of_a_member() {
    let house = House::start().await;
    house.tenant().await;
    let owner = make(&house, "/tenants/acme/members", json!({"name": "Olga", "role": "owner"})).await;
    assert_eq!((owner["kind"].as_str(), owner["scopes"].as_array().unwrap().len()), (Some("person"), 6), "{owner}");
    let help = json!({"name": "Hedy", "role": "help_desk", "duo_username": "hlamarr"});
    let help = make(&house, "/tenants/acme/members", help).await;
    assert_eq!(help["scopes"], json!(["duo:read", "duo:auth", "duo:write"]));
    let hedy = format!("/tenants/acme/members/{}", help["id"].as_str().unwrap());
    assert_eq!(house.rest("GET", "/tenants/acme/members/Hedy", None).await.json(), help);

    for (body, told) in [
        (json!({"name": "Hedy", "role": "owner"}), (409, "member_taken")),
        (json!({"name": "Her", "role": "owner", "duo_username": "HLAMARR"}), (409, "member_taken")),
        (json!({"name": "x", "role": "king"}), (422, "bad_body")),
        (json!({"name": " ", "role": "owner"}), (422, "bad_text")),
        (json!({"name": "x", "role": "owner", "kind": "service", "duo_username": "x"}), (422, "a_service")),
    ] {
        let refused = house.rest("POST", "/tenants/acme/members", Some(body)).await;
        assert_eq!(problem(&refused), (told.0, told.1.to_owned()), "{refused:?}");
    }
    let changed = house.rest("PATCH", &hedy, Some(json!({"role": "read_only", "duo_username": ""}))).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!((&changed.json()["role"], changed.json().get("duo_username")), (&json!("read_only"), None));
    assert_eq!(changed.json()["name"], "Hedy", "what is left out stays");
    let last = house.rest("DELETE", "/tenants/acme/members/Olga", None).await;
    assert_eq!(problem(&last), (409, "last_owner".to_owned()));
    let last = house.rest("PATCH", "/tenants/acme/members/Olga", Some(json!({"role": "help_desk"}))).await;
    assert_eq!(problem(&last), (409, "last_owner".to_owned()));

    let key = json!({"name": "k", "member": "Hedy", "scopes": ["duo:read"]});
    let key = make(&house, "/tenants/acme/keys", key).await;
    assert_eq!((&key["member"], &key["person"]), (&help["id"], &json!("Hedy")));
    for (holder, code) in [
        (json!({"member": "Hedy", "person": "Hedy"}), "bad_body"),
        (json!({}), "bad_body"),
        (json!({"member": "Hedy", "scopes": ["duo:write"]}), "beyond_member"),
    ] {
        let mut body = json!({"name": "k", "scopes": ["duo:read"]});
        body.as_object_mut().unwrap().extend(holder.as_object().unwrap().clone());
        let refused = house.rest("POST", "/tenants/acme/keys", Some(body)).await;
        assert_eq!(problem(&refused), (422, code.to_owned()), "{refused:?}");
    }
    assert_eq!(house.rest("DELETE", &hedy, None).await.status, 204);
    assert_eq!(house.rest("DELETE", &hedy, None).await.status, 404);
    let keys = house.rest("GET", "/tenants/acme/keys", None).await.json();
    assert!(keys["items"][0]["revoked_at"].is_string(), "{keys}");
    let listed = house.rest("GET", "/tenants/acme/members", None).await.json();
    assert!(listed["items"][1]["removed_at"].is_string(), "{listed}");
    house.stop().await;
}

#[tokio::test]
async fn owner_keys_and_invites_are_shown_once_and_are_the_tenants_own() {
    let house = House::start().await;
    house.tenant().await;
    make(&house, "/tenants", json!({"slug": "other"})).await;
    let owner = make(&house, "/tenants/acme/members", json!({"name": "Olga", "role": "owner"})).await;
    let olga = owner["id"].as_str().unwrap();
    let made = house.rest("POST", "/tenants/acme/members/Olga/owner-key", None).await;
    let owner_key = made.json()["owner_key"].as_str().unwrap().to_owned();
    assert!(made.status == 201 && owner_key.starts_with("dgo_"), "{made:?}");
    let invite = make(&house, "/tenants/acme/invites", json!({"role": "help_desk", "scopes": ["duo:read"]})).await;
    let (text, id) = (invite["invite"].as_str().unwrap(), invite["id"].as_str().unwrap());
    assert!(text.starts_with("dgi_") && invite["state"] == "open", "{invite}");
    assert_eq!(invite["scopes"], json!(["duo:read"]));
    let founding = house.rest("POST", "/invites", None).await;
    assert_eq!((founding.status, founding.json().get("tenant")), (201, None), "{founding:?}");

    for path in ["/tenants/acme/owner-keys", "/tenants/acme/invites", "/invites", "/tenants/acme/audit"] {
        let listed = house.rest("GET", path, None).await;
        assert_eq!(listed.status, 200, "{path}");
        for secret in [owner_key.as_str(), text, founding.json()["invite"].as_str().unwrap()] {
            assert!(!listed.body.contains(secret), "{path} shows a secret");
        }
        assert!(!listed.json()["items"].as_array().unwrap().is_empty(), "{path}: {listed:?}");
    }
    // What is one tenant's is nothing to another.
    for (method, path) in [
        ("GET", format!("/tenants/other/members/{olga}")),
        ("DELETE", format!("/tenants/other/members/{olga}")),
        ("POST", format!("/tenants/other/members/{olga}/owner-key")),
        ("DELETE", format!("/tenants/other/invites/{id}")),
        ("DELETE", format!("/invites/{id}")),
    ] {
        assert_eq!(house.rest(method, &path, None).await.status, 404, "{method} {path}");
    }
    let foreign = json!({"name": "k", "member": olga, "scopes": ["duo:read"]});
    assert_eq!(house.rest("POST", "/tenants/other/keys", Some(foreign)).await.status, 404);
    assert_eq!(house.rest("DELETE", &format!("/tenants/acme/invites/{id}"), None).await.status, 204);
    assert_eq!(house.rest("DELETE", &format!("/tenants/acme/invites/{id}"), None).await.status, 404);
    let listed = house.rest("GET", "/tenants/acme/invites", None).await.json();
    assert_eq!(listed["items"][0]["state"], "revoked");
    let founding = founding.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(house.rest("DELETE", &format!("/invites/{founding}"), None).await.status, 204);
    house.stop().await;
}

#[tokio::test]
async fn whether_a_push_is_asked_for_is_kept_and_shown() {
    let house = House::start().await;
    house.tenant().await;
    assert_eq!(house.rest("GET", "/tenants/acme", None).await.json()["require_push"], false);
    for require in [true, false] {
        let set = house.rest("PATCH", "/tenants/acme", Some(json!({"require_push": require}))).await;
        assert_eq!((set.status, &set.json()["require_push"]), (200, &json!(require)), "{set:?}");
        assert_eq!(house.rest("GET", "/tenants/acme", None).await.json()["require_push"], require);
    }
    assert_eq!(house.rest("PATCH", "/tenants/acme", Some(json!({"pushes": true}))).await.status, 422);
    house.stop().await;
}
