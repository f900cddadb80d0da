//! A provider that is away, slow or wrong: a page says so, other doors open.

use std::time::Duration;

use duo_mcp_gateway::domain::member::Role;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::super::person::{Browser, csrf, member};
use super::super::providers::with;
use super::super::server::Answer;
use super::provider::{DISCOVERY, Provider, Trip, assert_still_outside, description, link, press};
use crate::support::gateway::Gateway;
use crate::support::markup::Mistaken;

const AWAY: (u16, &str) = (503, "Example ID cannot be reached now");
const WRONG: (u16, &str) = (502, "Something is wrong between Example ID and this gateway");

fn status(status: &'static str) -> Answer {
    Answer { status, ..Answer::json(&json!({ "error": "server_error" })) }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_says_of_itself_in_trouble_is_told_and_the_owner_key_opens_as_ever() {
    let html = Answer { headers: "content-type: text/html\r\n".into(), ..Answer::json(&"<p>login</p>") };
    let elsewhere = Answer { headers: "location: https://evil.example/\r\n".into(), ..status("302 Found") };
    let drip = Answer { drip: Some(Duration::from_millis(100)), ..Answer::json(&description()) };
    let of = |name: &str, value: Value| Answer::json(&with(&description(), name, value));
    for (what, said, (code, sentence)) in [
        ("500", status("500 Internal Server Error"), AWAY),
        ("429", status("429 Too Many Requests"), AWAY),
        ("slow", drip, AWAY),
        ("404", status("404 Not Found"), WRONG),
        ("a page", html, WRONG),
        ("elsewhere", elsewhere, WRONG),
        ("garbage", Answer::json(&"{\"issuer\":"), WRONG),
        ("large", Answer::json(&format!("{{\"issuer\":\"{}\"}}", "x".repeat(200_000))), WRONG),
        ("another issuer", of("issuer", json!("https://evil.example")), WRONG),
        ("no token endpoint", of("token_endpoint", Value::Null), WRONG),
    ] {
        let provider = Provider::start().await;
        provider.server.say(DISCOVERY, said);
        let gateway = Gateway::start(provider.known()).await;
        let (_, key) = member(&gateway, &gateway.tenant, "Alice Adams", Role::Owner).await;
        let mut browser = Browser::new(&gateway);
        let page = press(&mut browser, "/connect").await;
        assert_eq!(page.status, code, "{what}: {}", page.text);
        Mistaken::of(&page.text).at_form("/connect/oidc", sentence);
        assert_eq!(browser.cookie_of("duo_mcp_provider"), None, "{what}");
        let asked = provider.server.asked();
        assert_eq!(press(&mut browser, "/connect").await.status, code, "{what}");
        assert_eq!(provider.server.asked(), asked, "{what}: it is left in peace for a moment");
        // The very page that tells of it takes the key.
        let reply = browser.post("/connect/sign-in", &[("csrf", &csrf(&page)), ("key", &key)]).await;
        assert_eq!((reply.status, reply.header("location")), (303, "/connect/done"), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_on_the_way_back_is_told_and_nothing_is_kept_of_it() {
    let provider = Provider::start().await;
    let gateway = Gateway::start(provider.known()).await;
    let (alice, _) = member(&gateway, &gateway.tenant, "Alice Adams", Role::Owner).await;
    link(&gateway, &gateway.tenant, &alice.id, "alice").await;
    let drip = Answer { drip: Some(Duration::from_millis(200)), ..Answer::json(&"x".repeat(1_000)) };
    for (what, said, (code, sentence)) in [
        ("500", status("500 Internal Server Error"), AWAY),
        ("slow", drip, AWAY),
        ("garbage", Answer::json(&"{"), WRONG),
        ("no ID token", Answer::json(&json!({ "access_token": "a" })), WRONG),
        ("large", Answer::json(&"x".repeat(200_000)), WRONG),
        ("not our client", Answer { status: "401 Unauthorized", ..Answer::json(&json!({})) }, WRONG),
        ("elsewhere", Answer { status: "307 Temporary Redirect", ..Answer::json(&json!({})) }, WRONG),
    ] {
        let mut browser = Browser::new(&gateway);
        let trip = Trip::begin(&mut browser, "/connect").await;
        provider.server.say("/token", said);
        let page = trip.end(&mut browser).await;
        assert_eq!(page.status, code, "{what}: {}", page.text);
        Mistaken::of(&page.text).at_form("/connect/oidc", sentence);
        assert!(page.text.contains("Owner key"), "{what}: {}", page.text);
        assert_still_outside(&mut browser, what).await;
    }
    // What the provider itself says went wrong.
    for (error, code, sentence) in [
        ("access_denied", 403, "Example ID did not let you in."),
        ("temporarily_unavailable", AWAY.0, AWAY.1),
        ("invalid_scope", WRONG.0, WRONG.1),
    ] {
        let mut browser = Browser::new(&gateway);
        let trip = Trip::begin(&mut browser, "/connect").await;
        let said = [("error", error), ("iss", "https://client.example.com"), ("error_description", "<b>canary</b>")];
        let page = trip.end_with(&mut browser, &said).await;
        assert_eq!(page.status, code, "{error}: {}", page.text);
        assert!(page.text.contains(sentence) && !page.text.contains("canary"), "{error}: {}", page.text);
        assert_still_outside(&mut browser, error).await;
    }
    // None of it was this address's fault.
    let mut browser = Browser::new(&gateway);
    assert_eq!(provider.sign_in(&mut browser, "/connect", "alice").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_cannot_be_had_sign_nobody_in() {
    let provider = Provider::start().await;
    provider.server.say("/keys", status("503 Service Unavailable"));
    let gateway = Gateway::start(provider.known()).await;
    let mut browser = Browser::new(&gateway);
    let reply = provider.sign_in(&mut browser, "/connect", "alice").await;
    assert_eq!(reply.status, AWAY.0, "{}", reply.text);
    assert_still_outside(&mut browser, "no keys").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_21_a_token_endpoint_on_a_private_address_is_never_spoken_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let endpoints = [
        (format!("https://127.0.0.1:{port}/token"), WRONG),
        (format!("https://[::ffff:127.0.0.1]:{port}/token"), WRONG),
        (format!("http://localhost:{port}/token"), WRONG),
        (format!("https://localhost:{port}/token"), AWAY),
    ];
    for (endpoint, (code, sentence)) in endpoints {
        let provider = Provider::start().await;
        provider.describe(&with(&description(), "token_endpoint", json!(endpoint)));
        let gateway = Gateway::start(provider.known()).await;
        let mut browser = Browser::new(&gateway);
        // A number is refused when it is read; a name when it is looked up for the connection.
        let page = if (code, sentence) == AWAY {
            let trip = Trip::begin(&mut browser, "/connect").await;
            trip.end(&mut browser).await
        } else {
            press(&mut browser, "/connect").await
        };
        assert_eq!(page.status, code, "{endpoint}: {}", page.text);
        assert!(page.text.contains(sentence), "{endpoint}: {}", page.text);
        assert_still_outside(&mut browser, &endpoint).await;
    }
    let came = tokio::time::timeout(Duration::from_millis(200), listener.accept()).await;
    assert!(came.is_err(), "somebody spoke to a private address");
}
