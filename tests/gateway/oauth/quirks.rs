//! What real clients do, each by its number in the list of quirks.

use reqwest::Method;
use serde_json::{Value, json};

use super::person::{App, Browser, LOOPBACK, Landed, Site, csrf, owner, query, register, token};
use crate::support::client::Reply;
use crate::support::gateway::Gateway;

#[tokio::test(flavor = "multi_thread")]
async fn quirk_1_endpoints_are_where_clients_guess_them() {
    let gateway = Gateway::start(|_| {}).await;
    let found = gateway.get("/.well-known/oauth-authorization-server").await.json();
    for (name, path) in [
        ("authorization_endpoint", "/authorize"),
        ("token_endpoint", "/token"),
        ("registration_endpoint", "/register"),
        ("revocation_endpoint", "/revoke"),
    ] {
        assert_eq!(found[name], gateway.url(path));
    }
    // What the hosted Claude looks for before it comes with a document, and before it asks to be refreshed.
    assert_eq!(found["client_id_metadata_document_supported"], true);
    assert_eq!(found["token_endpoint_auth_methods_supported"], json!(["none"]));
    assert!(found["scopes_supported"].as_array().unwrap().contains(&json!("offline_access")));
    let resource = gateway.get("/.well-known/oauth-protected-resource").await.json();
    assert_eq!(resource["scopes_supported"], json!(["duo:read"]));
    // Each says what it takes; to look at the head of the page that begins a request begins none.
    for (method, path, allowed) in [
        (Method::GET, "/token", "POST, OPTIONS"),
        (Method::PUT, "/register", "POST, OPTIONS"),
        (Method::POST, "/.well-known/oauth-authorization-server", "GET, HEAD, OPTIONS"),
        (Method::HEAD, "/authorize", "GET"),
    ] {
        let reply = Reply::of(gateway.http().request(method, gateway.url(path))).await;
        assert_eq!((reply.status, reply.header("allow")), (405, allowed), "{path}");
    }
    // It asks with HEAD first, and is to hear the same challenge.
    for method in [Method::HEAD, Method::GET, Method::DELETE] {
        let reply = Reply::of(gateway.modern().bare(method.clone())).await;
        assert_eq!(reply.status, 401, "{method}");
        assert!(reply.header("www-authenticate").starts_with("Bearer resource_metadata="), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quirk_2_and_3_where_keys_are_taken_nothing_speaks_of_a_sign_in() {
    let gateway = Gateway::start(|_| {}).await;
    let keys = format!("http://{}", gateway.settings.server.keys.listen.unwrap());
    for path in [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/authorize",
        "/register",
        "/token",
        "/",
    ] {
        for method in [Method::GET, Method::POST] {
            let reply = Reply::of(gateway.http().request(method, format!("{keys}{path}"))).await;
            assert_eq!(reply.status, 404, "{path}: {}", reply.text);
        }
    }
    let mut client = gateway.modern();
    client.url = format!("{keys}/mcp");
    assert_eq!(client.rpc("tools/list", json!({})).await.status, 200, "with a key");
    let none = Reply::of(client.bare(Method::POST).json(&json!({}))).await;
    assert_eq!((none.status, none.header("www-authenticate")), (401, "Bearer realm=\"duo-mcp\""));
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let tokens = app.connected(&mut Browser::new(&gateway), &key, "look").await;
    let reply = client.with_key(tokens["access_token"].as_str().unwrap()).rpc("tools/list", json!({})).await;
    assert_eq!(reply.status, 401, "a token is none of its");
    assert!(!reply.header("www-authenticate").contains("resource_metadata"), "{:?}", reply.headers);
    // On the public listener, too, what is not there is a real 404.
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-protected-resource/other", "/nothing"] {
        assert_eq!(gateway.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quirk_4_a_program_on_this_computer_chooses_its_port_when_it_starts() {
    let gateway = Gateway::start(|_| {}).await;
    let key = owner(&gateway).await;
    let mut app = App::registered(&gateway, "http://localhost:1/callback").await;
    app.redirect = "http://localhost:61234/callback".into();
    let landed = Browser::new(&gateway).let_in(&app, &key, "look").await;
    assert_eq!(landed.at, "http://localhost:61234/callback");
    // The port may be any; that of the request has to come with the code.
    let code = landed.one("code").unwrap();
    let elsewhere = App { redirect: "http://localhost:61235/callback".into(), ..app.clone() };
    assert_eq!(elsewhere.redeem(&gateway, code).await.json()["error"], "invalid_grant");
    assert_eq!(app.redeem(&gateway, code).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn quirk_5_the_resource_is_the_endpoint_however_it_is_written() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let mut browser = Browser::new(&gateway);
    let mut first = app.request(&gateway);
    for path in ["/mcp?toolsets=default,users&readonly=true", "/mcp/", "/", ""] {
        let at = first.iter().position(|(name, _)| *name == "resource").unwrap();
        first[at].1 = gateway.url(path);
        let reply = browser.get(&query("/authorize", &first)).await;
        let step = reply.header("location").to_owned();
        assert!(step.starts_with("/connect/"), "{path}: {step}");
        if browser.cookie_of("duo_mcp_member").is_none() {
            browser.sign_in(&step, &key).await;
        }
        let landed = Landed::of(&browser.approve(&step, "look").await);
        let given = [
            ("grant_type", "authorization_code"),
            ("client_id", &app.id),
            ("code", landed.one("code").unwrap()),
            ("redirect_uri", &app.redirect),
            ("code_verifier", &app.verifier),
            ("resource", &first[at].1),
        ];
        let tokens = token(&gateway, &given).await.json();
        let client = gateway.modern().with_key(tokens["access_token"].as_str().unwrap_or_default());
        let client = client.with_query("toolsets=default,users&readonly=true");
        assert_eq!(client.rpc("tools/list", json!({})).await.status, 200, "{path}: {tokens}");
    }
    let at = first.iter().position(|(name, _)| *name == "resource").unwrap();
    first[at].1 = "https://elsewhere.example/mcp".into();
    let refused = Landed::of(&browser.get(&query("/authorize", &first)).await);
    assert_eq!(refused.one("error"), Some("invalid_target"));
}

#[tokio::test(flavor = "multi_thread")]
async fn quirk_6_no_member_of_a_registration_is_null() {
    let gateway = Gateway::start(|_| {}).await;
    for said in [
        json!({ "redirect_uris": [LOOPBACK] }),
        json!({ "redirect_uris": [LOOPBACK], "client_name": null, "scope": null, "contacts": null, "logo_uri": null }),
    ] {
        let reply = register(&gateway, &said).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        let answer = reply.json();
        assert!(answer.as_object().unwrap().values().all(|value| !value.is_null()), "{answer}");
        assert!(answer.get("client_secret").is_none() && answer["token_endpoint_auth_method"] == "none", "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quirk_7_an_answer_that_is_sent_twice_is_one_answer() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let mut browser = Browser::new(&gateway);
    let path = browser.begin(&app, None).await;
    browser.sign_in(&path, &key).await;
    let page = browser.get(&path).await;
    let (csrf, action) = (csrf(&page), format!("{path}/approve"));
    let fields = [("csrf", csrf.as_str()), ("preset", "look"), ("days", "30")];
    let first = Landed::of(&browser.post(&action, &fields).await);
    let second = Landed::of(&browser.post(&action, &fields).await);
    assert_eq!(first.one("code").unwrap(), second.one("code").unwrap());
    assert_eq!(app.redeem(&gateway, first.one("code").unwrap()).await.status, 200);
    let third = browser.post(&action, &fields).await;
    assert!(third.status == 200 && third.text.contains("Already connected"), "{}: {}", third.status, third.text);
    // The address of the request, opened once more, begins another.
    assert_ne!(browser.begin(&app, None).await, path);
}

#[tokio::test(flavor = "multi_thread")]
async fn quirk_9_a_lost_answer_to_a_refresh_is_given_again() {
    let gateway = Gateway::start(|settings| settings.oauth.refresh_leeway_seconds.0 = 0).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let tokens = app.connected(&mut Browser::new(&gateway), &key, "look").await;
    let first = tokens["refresh_token"].as_str().unwrap();
    let lost = app.refresh(&gateway, first).await.json();
    let again = app.refresh(&gateway, first).await.json();
    assert_eq!((&lost["access_token"], &lost["refresh_token"]), (&again["access_token"], &again["refresh_token"]));
    assert_eq!(app.refresh(&gateway, again["refresh_token"].as_str().unwrap()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn quirk_11_a_browser_may_follow_the_answer_of_the_form_to_the_client() {
    let gateway = Gateway::start(|_| {}).await;
    let key = owner(&gateway).await;
    let mut browser = Browser::new(&gateway);
    for (redirect, target) in [
        ("https://claude.ai/api/mcp/auth_callback", "form-action 'self' https://claude.ai;"),
        (LOOPBACK, "form-action 'self' http://127.0.0.1:53123;"),
        ("cursor://anysphere.cursor-mcp/oauth/callback", "form-action 'self' cursor:;"),
    ] {
        let app = App::registered(&gateway, redirect).await;
        // Where one signs in one can say no as well.
        let mut fresh = Browser::new(&gateway);
        let sign_in = fresh.begin(&app, None).await;
        let sign_in = fresh.get(&sign_in).await;
        let path = browser.begin(&app, None).await;
        if browser.cookie_of("duo_mcp_member").is_none() {
            browser.sign_in(&path, &key).await;
        }
        for page in [&sign_in, &browser.get(&path).await] {
            let policy = page.header("content-security-policy");
            assert!(policy.contains(target) && policy.contains("frame-ancestors 'none'"), "{policy}");
            assert!(!policy.contains("script"), "{policy}");
            // A client that opened a window of its own waits there for the answer.
            assert_eq!(page.header("cross-origin-opener-policy"), "unsafe-none");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quirk_12_one_client_of_many_machines_keeps_the_connections_of_the_others() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let mut browser = Browser::new(&gateway);
    let first = app.connected(&mut browser, &key, "look").await;
    let second = app.connected(&mut browser, &key, "look").await;
    for tokens in [&first, &second] {
        let client = gateway.modern().with_key(tokens["access_token"].as_str().unwrap());
        assert_eq!(client.rpc("tools/list", json!({})).await.status, 200);
        assert_eq!(app.refresh(&gateway, tokens["refresh_token"].as_str().unwrap()).await.status, 200);
    }
    let grants: Vec<Value> = gateway
        .parts
        .store
        .grants
        .list(&gateway.tenant.id)
        .await
        .unwrap()
        .iter()
        .map(|grant| json!(grant.client))
        .collect();
    assert_eq!(grants, [json!(app.id), json!(app.id)]);
}
