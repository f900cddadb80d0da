//! What is not believed: tokens, answers, states and codes of elsewhere.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use duo_mcp_gateway::domain::member::Role;
use ring::hmac;
use ring::signature::KeyPair as _;
use serde_json::{Value, json};

use super::super::person::{Browser, csrf, member};
use super::super::providers::{issuer, jwk, new_key, signed, unsigned, with};
use super::super::server::Answer;
use super::provider::{CLIENT, MEMBER, Provider, Trip, assert_still_outside, header, link};
use crate::support::gateway::Gateway;

async fn linked(gateway: &Gateway) {
    let (alice, _) = member(gateway, &gateway.tenant, "Alice Adams", Role::Owner).await;
    link(gateway, &gateway.tenant, &alice.id, "alice").await;
}

/// Tokens for this sign-in that prove nothing.
fn bad_tokens(provider: &Provider, good: &Value) -> Vec<(&'static str, String)> {
    let stranger = new_key();
    let now = good["iat"].as_i64().unwrap();
    let by_secret = |secret: &[u8]| {
        let text = unsigned(&with(&header(), "alg", json!("HS256")), good);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
    };
    let changed = |name: &str, value: Value| signed(&provider.key, &with(&header(), name, value), good);
    let mut bad = vec![
        ("nothing", String::new()),
        ("no token", "a.b.c".to_owned()),
        ("no signature", format!("{}.", unsigned(&with(&header(), "alg", json!("none")), good))),
        ("the public key as a secret", by_secret(provider.key.public_key().as_ref())),
        ("the client's secret as a key", by_secret(super::provider::SECRET.as_bytes())),
        ("another's key", signed(&stranger, &header(), good)),
        ("an embedded key", signed(&stranger, &with(&header(), "jwk", jwk(&stranger, "key-1")), good)),
        ("an unknown key", changed("kid", json!("../key-1"))),
        ("no key named", changed("kid", Value::Null)),
        ("an access token", changed("typ", json!("at+jwt"))),
        ("an extension that counts", changed("crit", json!(["exp"]))),
        ("another algorithm than the key's", changed("alg", json!("EdDSA"))),
    ];
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!(format!("{}/", issuer()))),
        ("aud", json!("other client")),
        ("aud", json!([CLIENT, "other client"])),
        ("aud", Value::Null),
        ("azp", json!("other client")),
        ("nonce", json!("other")),
        ("nonce", json!("")),
        ("nonce", Value::Null),
        ("exp", json!(now - 120)),
        ("exp", Value::Null),
        ("iat", json!(now + 600)),
        ("iat", Value::Null),
        ("nbf", json!(now + 600)),
        ("auth_time", json!(now + 600)),
        ("sub", json!(7)),
        ("sub", json!("")),
        ("sub", Value::Null),
    ] {
        bad.push((name, signed(&provider.key, &header(), &with(good, name, value))));
    }
    bad
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_56_no_id_token_is_believed_for_what_it_says_of_itself() {
    let provider = Provider::start().await;
    let many = bad_tokens(&provider, &json!({ "iat": 0 })).len();
    let mut tried = 0;
    // As many as one address may fail at once.
    for first in (0..many).step_by(8) {
        let gateway = Gateway::start(provider.known()).await;
        linked(&gateway).await;
        tried += try_some(&provider, &gateway, first..(first + 8).min(many)).await;
    }
    assert_eq!(tried, many);
}

/// Tries these of the bad tokens, and then the good one.
async fn try_some(provider: &Provider, gateway: &Gateway, which: std::ops::Range<usize>) -> usize {
    let mut tried = 0;
    for n in which {
        let mut browser = Browser::new(gateway);
        let trip = Trip::begin(&mut browser, "/connect").await;
        let (what, token) = bad_tokens(provider, &trip.claims("alice")).swap_remove(n);
        provider.give_token(&token);
        let reply = trip.end(&mut browser).await;
        assert_eq!(reply.status, 403, "{what}: {}", reply.text);
        assert!(reply.text.contains("said of this sign-in is not taken"), "{what}: {}", reply.text);
        assert_still_outside(&mut browser, what).await;
        tried += 1;
    }
    let mut browser = Browser::new(gateway);
    let trip = Trip::begin(&mut browser, "/connect").await;
    let shared = with(&trip.claims("alice"), "aud", json!(["other client", CLIENT]));
    provider.give(&with(&shared, "azp", json!(CLIENT)));
    assert_eq!(trip.end(&mut browser).await.status, 303, "and a good one is");
    tried
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_of_use_once_in_its_browser() {
    let provider = Provider::start().await;
    let gateway = Gateway::start(provider.known()).await;
    linked(&gateway).await;
    let asked = || provider.server.forms("/token").len();
    let over = |reply: &crate::support::client::Reply, what: &str| {
        assert_eq!(reply.status, 403, "{what}: {}", reply.text);
        assert!(reply.text.contains("This sign-in is over"), "{what}: {}", reply.text);
    };
    // Begun nowhere.
    let mut stranger = Browser::new(&gateway);
    over(&stranger.get("/connect/oidc/callback?code=c0de&state=guessed").await, "without a start");
    over(&stranger.get("/connect/oidc/callback").await, "with nothing");
    // Another browser's, with and without a sign-in of its own.
    let (mut alice, mut eve) = (Browser::new(&gateway), Browser::new(&gateway));
    let trip = Trip::begin(&mut alice, "/connect").await;
    provider.give(&trip.claims("alice"));
    over(&trip.end(&mut stranger).await, "another browser");
    let own = Trip::begin(&mut eve, "/connect").await;
    over(&trip.end(&mut eve).await, "another browser that has begun too");
    over(&own.end(&mut eve).await, "whose own is over by that");
    // With what the other browser carries, but not its secret.
    let mut thief = Browser::new(&gateway);
    thief.get("/connect").await;
    thief.cookies.push(("duo_mcp_provider".into(), alice.cookie_of("duo_mcp_provider").unwrap().into()));
    over(&trip.end(&mut thief).await, "with a cookie that was copied");
    over(&trip.end_with(&mut thief, &[("code", "c0de"), ("state", "a"), ("state", "b")]).await, "two states");
    assert_eq!(asked(), 0, "nothing of it is taken to the provider");
    assert_eq!(trip.end(&mut alice).await.status, 303);
    assert_eq!(asked(), 1);
    over(&trip.end(&mut alice).await, "replayed");
    assert_eq!(asked(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_another_session_signs_nobody_in() {
    let provider = Provider::start().await;
    let gateway = Gateway::start(provider.known()).await;
    linked(&gateway).await;
    // Eve has the code that Alice's browser was given, and brings it in a sign-in of her own.
    let (mut alice, mut eve) = (Browser::new(&gateway), Browser::new(&gateway));
    let of_alice = Trip::begin(&mut alice, "/connect").await;
    let of_eve = Trip::begin(&mut eve, "/connect").await;
    assert_ne!(of_alice.asked("code_challenge"), of_eve.asked("code_challenge"));
    // A provider that holds the code against its challenge.
    let refused = Answer { status: "400 Bad Request", ..Answer::json(&json!({ "error": "invalid_grant" })) };
    provider.server.say("/token", refused);
    let reply = of_eve.end(&mut eve).await;
    assert_eq!(reply.status, 403, "{}", reply.text);
    assert_still_outside(&mut eve, "the provider refuses").await;
    // And one that does not: the token says for which sign-in it was given.
    let of_eve = Trip::begin(&mut eve, "/connect").await;
    provider.give(&of_alice.claims("alice"));
    let reply = of_eve.end(&mut eve).await;
    assert!(reply.text.contains("said of this sign-in is not taken"), "{}", reply.text);
    assert_still_outside(&mut eve, "the provider does not look").await;
    assert_eq!(of_alice.end(&mut alice).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_25_an_answer_of_another_issuer_is_not_taken_to_this_one() {
    let provider = Provider::start().await;
    let gateway = Gateway::start(provider.known()).await;
    linked(&gateway).await;
    for said in [
        vec![("code", "c0de"), ("iss", "https://evil.example")],
        vec![("code", "c0de"), ("iss", "https://client.example.com/")],
        vec![("code", "c0de")],
        vec![("error", "access_denied"), ("iss", "https://evil.example")],
        vec![("iss", "https://client.example.com")],
    ] {
        let mut browser = Browser::new(&gateway);
        let trip = Trip::begin(&mut browser, "/connect").await;
        provider.give(&trip.claims("alice"));
        let reply = trip.end_with(&mut browser, &said).await;
        assert_eq!(reply.status, 403, "{said:?}: {}", reply.text);
        assert!(reply.text.contains("said of this sign-in is not taken"), "{said:?}: {}", reply.text);
        assert_still_outside(&mut browser, "another issuer").await;
    }
    assert_eq!(provider.server.forms("/token").len(), 0, "no code goes to a provider that did not give it");
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_35_who_failed_too_often_waits_at_every_door() {
    let provider = Provider::start().await;
    let gateway = Gateway::start(provider.known()).await;
    linked(&gateway).await;
    let mut browser = Browser::new(&gateway);
    // What any page can lead its visitors to is no guess, and shuts nobody out.
    for _ in 0..20 {
        assert_eq!(browser.get("/connect/oidc/callback?code=c0de&state=guessed").await.status, 403);
    }
    let (stranger, mut failed) = (new_key(), 0);
    let refused = loop {
        let page = browser.get("/connect").await;
        let begun = browser.post("/connect/oidc", &[("csrf", &csrf(&page))]).await;
        if begun.status == 429 || failed == 50 {
            break begun;
        }
        let trip = Trip::of(&begun);
        provider.give_token(&signed(&stranger, &header(), &trip.claims("alice")));
        assert_eq!(trip.end(&mut browser).await.status, 403);
        failed += 1;
    };
    assert!((10..15).contains(&failed), "{failed}");
    assert_eq!(refused.status, 429, "{}", refused.text);
    assert!((1..=60).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    let asked = provider.server.asked();
    assert_eq!(browser.sign_in("/connect", "dgo_wrong").await.status, 429);
    assert_eq!((browser.cookie_of(MEMBER), provider.server.asked()), (None, asked));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_proved_and_linked_to_nobody_shuts_nobody_else_of_the_address_out() {
    let provider = Provider::start().await;
    let gateway = Gateway::start(provider.known()).await;
    linked(&gateway).await;
    let (_, key) = member(&gateway, &gateway.tenant, "Bob Brown", Role::Owner).await;
    // An office on its first day: as many as could fail, and some more.
    for n in 0..15 {
        let mut browser = Browser::new(&gateway);
        let reply = provider.sign_in(&mut browser, "/connect", &format!("colleague {n}")).await;
        assert_eq!(reply.status, 403, "{}", reply.text);
        assert!(reply.text.contains("You are not known here yet"), "{}", reply.text);
    }
    // Nor does who means to sign in once more, and is somebody else at the provider.
    let mut alice = Browser::new(&gateway);
    assert_eq!(provider.sign_in(&mut alice, "/connect", "alice").await.status, 303);
    let (bill, _) = member(&gateway, &gateway.tenant, "Bill Black", Role::Owner).await;
    link(&gateway, &gateway.tenant, &bill.id, "bill").await;
    for _ in 0..10 {
        let trip = Trip::begin(&mut alice, "/connect/again").await;
        let now = gateway.parts.clock.now().seconds();
        provider.give(&with(&trip.claims("bill"), "auth_time", json!(now)));
        let reply = trip.end(&mut alice).await;
        assert!(reply.text.contains("signed in somebody else"), "{}", reply.text);
    }
    assert_eq!(Browser::new(&gateway).sign_in("/connect", &key).await.status, 303, "a key");
    assert_eq!(provider.sign_in(&mut Browser::new(&gateway), "/connect", "alice").await.status, 303, "the provider");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_has_only_so_many_codes_exchanged_whatever_the_provider_says() {
    let provider = Provider::start().await;
    let gateway = Gateway::start(provider.known()).await;
    let (_, key) = member(&gateway, &gateway.tenant, "Bob Brown", Role::Owner).await;
    let busy = Answer { status: "429 Too Many Requests", ..Answer::json(&json!({ "error": "slow_down" })) };
    provider.server.say("/token", busy);
    let mut browser = Browser::new(&gateway);
    let trip = Trip::begin(&mut browser, "/connect").await;
    // A program, which keeps its cookie whatever it is told.
    let carried = browser.cookies.clone();
    let began = std::time::Instant::now();
    let mut exchanged = 0;
    let refused = loop {
        browser.cookies.clone_from(&carried);
        let reply = trip.end(&mut browser).await;
        if reply.status != 503 || exchanged == 200 {
            break reply;
        }
        exchanged += 1;
        assert_eq!(provider.server.forms("/token").len(), exchanged);
    };
    assert_eq!(refused.status, 429, "{}", refused.text);
    assert!((1..=2).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    // Thirty at once, and one every two seconds.
    let most = 31 + usize::try_from(began.elapsed().as_secs() / 2).unwrap();
    assert!((30..=most).contains(&exchanged), "{exchanged} of at most {most}");
    assert_eq!(provider.server.forms("/token").len(), exchanged, "the provider is left alone");
    // It is no failure: the other doors are open.
    assert_eq!(Browser::new(&gateway).sign_in("/connect", &key).await.status, 303);
}
