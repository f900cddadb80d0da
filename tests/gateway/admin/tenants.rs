//! The life of a tenant over REST, and who may ask for it.

use serde_json::json;

use super::house::House;

#[tokio::test]
async fn a_tenant_is_registered_suspended_resumed_and_deleted() {
    let house = House::start().await;
    let made = house.rest("POST", "/tenants", Some(json!({"slug": "acme", "name": "Acme Ltd"}))).await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(house.rest("GET", "/tenants/acme", None).await.json()["id"], id.as_str());
    assert_eq!(house.rest("GET", &format!("/tenants/{id}"), None).await.json()["name"], "Acme Ltd");

    let again = house.rest("POST", "/tenants", Some(json!({"slug": "acme"}))).await;
    assert_eq!((again.status, again.json()["code"].clone()), (409, json!("slug_taken")));

    assert_eq!(house.rest("POST", "/tenants/acme/suspend", None).await.json()["status"], "suspended");
    assert_eq!(house.rest("POST", "/tenants/acme/suspend", None).await.status, 409);
    assert_eq!(house.rest("POST", "/tenants/acme/resume", None).await.json()["status"], "active");

    let unconfirmed = house.rest("DELETE", "/tenants/acme?confirm=other", None).await;
    assert_eq!((unconfirmed.status, unconfirmed.json()["code"].clone()), (409, json!("not_confirmed")));
    assert_eq!(house.rest("DELETE", "/tenants/acme?confirm=acme", None).await.status, 204);
    assert_eq!(house.rest("GET", "/tenants/acme", None).await.status, 404);
    house.stop().await;
}

#[tokio::test]
async fn lists_go_on_with_their_cursor_and_acts_are_in_the_audit_log() {
    let house = House::start().await;
    for n in 0..5 {
        assert_eq!(house.rest("POST", "/tenants", Some(json!({"slug": format!("t-{n}")}))).await.status, 201);
    }
    let mut seen = Vec::new();
    let mut path = "/tenants?limit=2".to_owned();
    loop {
        let page = house.rest("GET", &path, None).await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|tenant| tenant["slug"].to_string()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/tenants?limit=2&cursor={cursor}");
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
    for bad in ["/tenants?limit=0", "/tenants?limit=x", "/tenants?cursor=x", "/tenants?page=2"] {
        let refused = house.rest("GET", bad, None).await;
        assert_eq!((refused.status, refused.json()["code"].clone()), (400, json!("bad_parameter")), "{bad}");
    }
    let audit = house.rest("GET", "/tenants/t-0/audit", None).await.json();
    assert_eq!(audit["items"][0]["action"], "tenant.register");
    assert_eq!(audit["items"][0]["actor"]["name"], "Olga");
    house.stop().await;
}

#[tokio::test]
async fn nobody_without_an_operator_key_gets_in() {
    let house = House::start().await;
    house.tenant().await;
    let api_key = house.api_key().await;
    let other = if house.operator_key.ends_with('x') { 'y' } else { 'x' };
    let typo = format!("{}{other}", &house.operator_key[..house.operator_key.len() - 1]);
    for key in [api_key.as_str(), typo.as_str(), "dga_nonsense"] {
        let refused = house.ask("GET", "/admin/v1/tenants").bearer(key).send().await;
        assert_eq!(refused.status, 401, "{key}");
        assert_eq!(refused.header("www-authenticate"), "Bearer");
        assert_eq!(refused.header("content-type"), "application/problem+json");
        let problem = refused.json();
        assert_eq!((problem["code"].as_str(), problem["status"].as_u64()), (Some("not_authenticated"), Some(401)));
        assert!(problem["request_id"].as_str().unwrap().starts_with("req_"), "{problem}");
        assert!(!refused.body.contains(key), "the key is not repeated");
    }
    assert_eq!(house.ask("GET", "/admin/v1/tenants").send().await.status, 401);
    assert_eq!(house.ask("DELETE", "/admin/v1/tenants/acme?confirm=acme").send().await.status, 401);
    // The sixth failure within a minute is told to wait.
    let sixth = house.ask("GET", "/admin/v1/tenants").bearer("dga_nonsense").send().await;
    assert_eq!(sixth.status, 429);
    assert!(sixth.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(house.rest("GET", "/tenants", None).await.status, 200, "the right key is not locked out");
    house.stop().await;
}

#[tokio::test]
async fn problems_say_what_to_mend() {
    let house = House::start().await;
    let unknown = house.rest("POST", "/tenants", Some(json!({"slug": "acme", "nmae": "Acme"}))).await;
    assert_eq!(unknown.status, 422);
    assert_eq!(unknown.json()["detail"], "unknown field `nmae`; did you mean `name`?");
    assert_eq!(house.rest("POST", "/tenants", Some(json!({"slug": "A!"}))).await.json()["code"], "bad_slug");
    assert_eq!(house.rest("POST", "/tenants", Some(json!(["acme"]))).await.status, 422);
    let form = house.ask("POST", "/admin/v1/tenants").bearer(&house.operator_key).form(&[("slug", "acme")]);
    assert_eq!(form.send().await.status, 415);
    assert_eq!(house.rest("GET", "/nothing", None).await.json()["code"], "not_found");
    assert_eq!(house.rest("PATCH", "/tenants", None).await.json()["code"], "no_such_method");
    assert_eq!(house.ask("GET", "/nothing").send().await.json()["code"], "not_found");
    let foreign = house.ask("GET", "/admin/v1/tenants").bearer(&house.operator_key).host("rebound.example");
    assert_eq!(foreign.send().await.json()["code"], "foreign_host");
    assert_eq!(super::wire::Ask::new(house.public, "GET", "/admin/v1/tenants").send().await.status, 404);
    house.stop().await;
}
