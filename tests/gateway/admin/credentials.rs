//! Duo credentials over REST: they go in, are checked, and never come out.

use duo_simulator::ApplicationKind;
use serde_json::json;

use super::house::House;

const ADMIN: &str = "/tenants/acme/connections/main/credentials/admin";

#[tokio::test]
async fn keys_go_in_and_never_come_out() {
    let house = House::start().await;
    house.tenant().await;
    let duo = house.application(ApplicationKind::Admin);
    let mut answers = Vec::new();
    let put = house.rest("PUT", ADMIN, Some(json!({"ikey": duo.ikey, "skey": duo.skey}))).await;
    assert_eq!(put.json()["status"], "verified", "{put:?}");
    assert_eq!(put.json()["ikey_last4"], duo.ikey[duo.ikey.len() - 4..]);
    assert!(put.json()["grants"].as_array().is_some_and(|grants| !grants.is_empty()), "{put:?}");
    answers.push(put);
    for (method, path) in [
        ("GET", ADMIN),
        ("POST", &format!("{ADMIN}/verify")),
        ("GET", "/tenants/acme/connections/main/credentials"),
        ("GET", "/tenants/acme/connections"),
        ("GET", "/tenants/acme"),
        ("GET", "/tenants/acme/audit?limit=200"),
    ] {
        let answer = house.rest(method, path, None).await;
        assert_eq!(answer.status, 200, "{method} {path}: {answer:?}");
        answers.push(answer);
    }
    // A field of the wrong type, an unknown field, keys that are swapped: none of it is repeated.
    for body in [
        json!({"ikey": duo.ikey, "skey": [duo.skey]}),
        json!({"ikey": duo.ikey, "skey": duo.skey, "secret": duo.skey}),
        json!({"ikey": duo.skey, "skey": duo.ikey}),
    ] {
        let refused = house.rest("PUT", ADMIN, Some(body)).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        answers.push(refused);
    }
    for answer in answers {
        assert!(!answer.body.contains(&duo.skey), "{answer:?}");
        assert!(!answer.body.contains(&duo.ikey), "{answer:?}");
    }
    assert_eq!(house.rest("DELETE", ADMIN, None).await.status, 204);
    assert_eq!(house.rest("GET", ADMIN, None).await.status, 404);
    house.stop().await;
}

#[tokio::test]
async fn each_way_to_be_wrong_has_its_own_code() {
    let house = House::start().await;
    house.tenant().await;
    let (auth, admin) = (house.application(ApplicationKind::Auth), house.application(ApplicationKind::Admin));
    let swapped = house.rest("PUT", ADMIN, Some(json!({"ikey": admin.skey, "skey": admin.ikey}))).await;
    assert_eq!(swapped.json()["code"], "bad_keys");
    let other = house.rest("PUT", ADMIN, Some(json!({"ikey": auth.ikey, "skey": auth.skey}))).await;
    assert_eq!((other.status, other.json()["code"].clone()), (422, json!("wrong_application")), "{other:?}");
    let wrong = json!({"ikey": admin.ikey, "skey": auth.skey});
    assert_eq!(house.rest("PUT", ADMIN, Some(wrong.clone())).await.json()["code"], "wrong_secret_key");
    // What Duo could not be asked about is stored on request, and of no use.
    let later = house.rest("PUT", &format!("{ADMIN}?verify=later"), Some(wrong)).await;
    assert_eq!(later.json()["status"], "unverified", "{later:?}");
    let verify = house.rest("POST", &format!("{ADMIN}/verify"), None).await;
    assert_eq!(verify.json()["code"], "wrong_secret_key");
    assert_eq!(house.rest("GET", ADMIN, None).await.json()["status"], "rejected");
    house.stop().await;
}

#[tokio::test]
async fn a_connection_has_a_host_of_duos() {
    let house = House::start().await;
    assert_eq!(house.rest("POST", "/tenants", Some(json!({"slug": "acme"}))).await.status, 201);
    for host in ["127.0.0.1", "api-x.duosecurity.com.evil.example", "api-12345678.duosecurity.com:444", "localhost"] {
        let refused = house.rest("PUT", "/tenants/acme/connections/main", Some(json!({"host": host}))).await;
        assert_eq!((refused.status, refused.json()["code"].clone()), (422, json!("bad_host")), "{host}");
    }
    let defaults = json!({"username_format": "{username}@example.com", "use_passcode": true});
    let body = json!({"host": "api-12345678.duosecurity.com", "label": "Main", "defaults": defaults});
    let put = house.rest("PUT", "/tenants/acme/connections/main", Some(body)).await;
    assert_eq!(put.json()["defaults"]["use_passcode"], true, "{put:?}");
    assert_eq!(house.rest("GET", "/tenants/acme/connections", None).await.json()["items"][0]["label"], "Main");
    assert_eq!(house.rest("DELETE", "/tenants/acme/connections/main", None).await.status, 204);
    assert_eq!(house.rest("GET", "/tenants/acme/connections/main", None).await.status, 404);
    house.stop().await;
}
