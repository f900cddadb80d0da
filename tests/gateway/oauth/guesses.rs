//! Guesses cost little, have to wait, and learn nothing.

use std::time::{Duration, Instant};

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::member::Role;
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::tenants::Registry;
use duo_mcp_gateway::tokens::{Kind, make};
use futures_util::future::join_all;
use serde_json::json;

use super::person::{App, Browser, LOOPBACK, csrf, form, member, owner, query, register};
use crate::support::client::Reply;
use crate::support::gateway::Gateway;

/// A token of this kind that nobody was given.
fn unknown(kind: Kind) -> String {
    make(kind, &Random::system()).unwrap().expose().to_owned()
}

/// The same with another letter at this place, so that its checksum does not fit.
fn mistyped(token: &str, at: usize) -> String {
    let mut text = token.as_bytes().to_vec();
    text[at] = if text[at] == b'x' { b'y' } else { b'x' };
    String::from_utf8(text).unwrap()
}

/// What of an answer could tell one case from another.
fn told(reply: &Reply) -> String {
    let mut headers: Vec<_> =
        reply.headers.iter().filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str())).collect();
    headers.sort_by_key(|(name, _)| name.as_str());
    format!("{} {headers:?} {}", reply.status, reply.text)
}

/// Answers to many guesses of one address, and how long they took.
struct Answered {
    replies: Vec<Reply>,
    took: Duration,
}

impl Answered {
    /// That no more were looked at than this many at once and per minute from then on, with this status; a slow machine gives
    /// more of them the time. Those that were asked together with the last one allowed may slip through, and are waited for.
    fn held_to(&self, at_once: usize, per_minute: usize, status: u16) {
        let looked_at = self.replies.iter().filter(|reply| reply.status == status).count();
        let refused: Vec<_> = self.replies.iter().filter(|reply| reply.status == 429).collect();
        assert_eq!(looked_at + refused.len(), self.replies.len(), "nothing but {status} and 429");
        assert!(refused.iter().all(|reply| waits(reply) >= 1));
        let allowed = usize::try_from(self.took.as_millis()).unwrap() * per_minute;
        let most = at_once + allowed.div_ceil(60_000) + 10;
        assert!((at_once..=most).contains(&looked_at), "{looked_at} of at most {most} in {:?}", self.took);
    }
}

/// How many seconds an answer asks to wait.
fn waits(reply: &Reply) -> u64 {
    reply.header("retry-after").parse().unwrap()
}

async fn ten_at_once<F: Future<Output = Reply>>(all: usize, ask: impl Fn() -> F) -> Answered {
    let (began, mut replies) = (Instant::now(), Vec::new());
    while replies.len() < all {
        replies.extend(join_all((0..10).map(|_| ask())).await);
    }
    Answered { replies, took: began.elapsed() }
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_35_guesses_have_to_wait_and_malformed_ones_ask_no_database() {
    let gateway = Gateway::on_postgres(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let tokens = app.connected(&mut Browser::new(&gateway), &key, "look").await;
    let access = tokens["access_token"].as_str().unwrap();
    let mut browser = Browser::new(&gateway);
    let path = browser.begin(&app, None).await;
    let csrf = csrf(&browser.get(&path).await);
    let (began, mut replies) = (Instant::now(), Vec::new());
    // The last one says that there is time left for what follows.
    while replies.len() < 20 || replies.last().is_some_and(|reply: &Reply| reply.status != 429 || waits(reply) < 5) {
        let (action, fields) = if replies.len() % 2 == 0 {
            ("sign-in", [("csrf", csrf.clone()), ("key", unknown(Kind::OwnerKey)), ("name", String::new())])
        } else {
            ("join", [("csrf", csrf.clone()), ("invite", unknown(Kind::Invite)), ("name", "Eve".to_owned())])
        };
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        replies.push(browser.post(&format!("{path}/{action}"), &fields).await);
    }
    assert_eq!(browser.sign_in(&path, &key).await.status, 429, "before anything is looked up");
    Answered { replies, took: began.elapsed() }.held_to(10, 5, 403);
    let asked = async |guess: String| app.refresh(&gateway, &guess).await;
    let answered = ten_at_once(600, || asked(unknown(Kind::RefreshToken))).await;
    answered.held_to(300, 300, 400);
    // At the endpoint itself, too: keys that nobody has, each another one. What is known goes on meanwhile.
    assert_eq!(gateway.modern().rpc("tools/list", json!({})).await.status, 200);
    let asked = async |guess: String| gateway.modern().with_key(&guess).rpc("tools/list", json!({})).await;
    let answered = ten_at_once(300, || asked(unknown(Kind::AccessToken))).await;
    answered.held_to(120, 120, 401);
    assert_eq!(gateway.modern().rpc("tools/list", json!({})).await.status, 200);
    // With no database to ask: what is malformed needs no check.
    gateway.ground.database.as_ref().unwrap().set_reachable(false).await;
    let client = gateway.modern();
    for guess in 0..1_000 {
        let (base, at) = if guess % 2 == 0 { (access, 4 + guess % 30) } else { (client.key.as_str(), 4 + guess % 30) };
        let reply = client.with_key(&mistyped(base, at)).rpc("tools/list", json!({})).await;
        assert_eq!(reply.status, 401, "{}", reply.text);
    }
    gateway.ground.database.as_ref().unwrap().set_reachable(true).await;
}

/// How long it takes in the middle to refuse keys, for two kinds that are asked in turn.
async fn medians(registry: &Registry, kinds: [Vec<String>; 2]) -> [Duration; 2] {
    let mut took = [Vec::new(), Vec::new()];
    for at in 0..kinds[0].len() {
        for (kind, took) in kinds.iter().zip(&mut took) {
            let began = Instant::now();
            assert!(registry.caller(&kind[at]).await.is_err());
            took.push(began.elapsed());
        }
    }
    took.map(|mut took| {
        took.sort();
        took[took.len() / 2]
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_37_time_does_not_tell_how_near_a_guess_is() {
    let gateway = Gateway::start(|_| {}).await;
    let real = gateway.key.clone();
    let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    // Neighbours of a key that exists: all but the last random letters are its own.
    let near = |n: usize| {
        let end = [letters[n / 62 % 62], letters[n % 62]];
        with_checksum(&format!("{}{}", &real[..32], std::str::from_utf8(&end).unwrap()))
    };
    let mut apart = Vec::new();
    for round in 0..5 {
        let nears: Vec<_> = (0..601).map(|n| near(round * 601 + n)).filter(|key| *key != real).take(600).collect();
        let strangers = (0..600).map(|_| unknown(Kind::ApiKey)).collect();
        let [nearby, far] = medians(&gateway.parts.registry, [nears, strangers]).await;
        apart.push(nearby.as_secs_f64() / far.as_secs_f64() - 1.0);
    }
    // A busy machine shakes a round; a difference that is there shakes every round to the same side.
    let both_sides = apart.iter().any(|by| *by > 0.0) && apart.iter().any(|by| *by < 0.0);
    assert!(both_sides || apart.iter().any(|by| by.abs() < 0.05), "{apart:?}");
}

/// The prefix and random letters of a token with the checksum that fits them.
fn with_checksum(text: &str) -> String {
    let mut rest = crc32(text.as_bytes());
    let mut digits = [0; 6];
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(rest % 62) as usize];
        rest /= 62;
    }
    let token = format!("{text}_{}", std::str::from_utf8(&digits).unwrap());
    assert!(duo_mcp_gateway::tokens::parse(&token).is_ok(), "well-formed");
    token
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_38_nobody_learns_who_and_what_there_is() {
    let gateway = Gateway::start(|_| {}).await;
    let app = App::registered(&gateway, LOOPBACK).await;
    let mut browser = Browser::new(&gateway);
    let path = browser.begin(&app, None).await;
    let csrf = csrf(&browser.get(&path).await);
    // Owner keys: one that never was, one with a typo, one that was replaced, one of a member who was removed.
    let (acts, tenant) = (&gateway.parts.acts, &gateway.tenant);
    let (ann, replaced) = member(&gateway, tenant, "Ann", Role::Owner).await;
    acts.make_owner_key(&tenant.id, &ann.id, &Actor::Console).await.unwrap();
    let (bob, removed) = member(&gateway, tenant, "Bob", Role::Owner).await;
    acts.remove_member(&tenant.id, &bob.id, &Actor::Console).await.unwrap();
    let mut answers = Vec::new();
    for key in [unknown(Kind::OwnerKey), mistyped(&replaced, 10), replaced.clone(), removed, unknown(Kind::ApiKey)] {
        answers.push(told(&browser.post(&format!("{path}/sign-in"), &[("csrf", &csrf), ("key", &key)]).await));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    // Invites: one that never was, one that was taken back.
    let (invite, back) =
        acts.create_invite(Some(&tenant.id), Role::Owner, "duo:read".parse().unwrap(), &Actor::Console).await.unwrap();
    acts.revoke_invite(Some(&tenant.id), &invite.id, &Actor::Console).await.unwrap();
    let mut answers = Vec::new();
    for invite in [unknown(Kind::Invite), back.expose().to_owned()] {
        let fields = [("csrf", csrf.as_str()), ("invite", &invite), ("name", "Eve")];
        answers.push(told(&browser.post(&format!("{path}/join"), &fields).await));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_38_requests_tokens_clients_and_subscribers_of_others_look_like_none() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, tenant) = (App::registered(&gateway, LOOPBACK).await, &gateway.tenant);
    let mut browser = Browser::new(&gateway);
    browser.begin(&app, None).await;
    // A request of another browser, and one that never was.
    let mut other = Browser::new(&gateway);
    let theirs = other.begin(&app, None).await;
    let never = format!("/connect/{}", "A".repeat(30));
    assert_eq!(told(&browser.get(&theirs).await), told(&browser.get(&never).await));
    // Another client's tokens, and tokens that never were.
    let key = member(&gateway, tenant, "Olivia", Role::Owner).await.1;
    let tokens = app.connected(&mut other, &key, "look").await;
    let stranger = App::of(
        register(&gateway, &json!({ "redirect_uris": ["https://evil.example/cb"] })).await.json()["client_id"]
            .as_str()
            .unwrap(),
        "https://evil.example/cb",
    );
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let (own, none) =
        (stranger.refresh(&gateway, refresh).await, stranger.refresh(&gateway, &unknown(Kind::RefreshToken)).await);
    assert_eq!(told(&own), told(&none));
    let mut answers = Vec::new();
    for token in [tokens["access_token"].as_str().unwrap(), refresh, &unknown(Kind::AccessToken), "nonsense"] {
        answers.push(told(&form(&gateway, "/revoke", &[("token", token), ("client_id", &stranger.id)]).await));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    // Clients that are not there, and addresses with a subscriber's name in them.
    let ids = ["dcr_0000000000000000000000", "acme-corp", "Z"];
    let unknown_client =
        async |id: &str| gateway.get(&query("/authorize", &App::of(id, LOOPBACK).request(&gateway))).await;
    let first = told(&unknown_client(ids[0]).await);
    for id in ids {
        assert_eq!(told(&unknown_client(id).await), first, "{id}");
    }
    for path in ["/acme-corp", "/t/acme-corp/mcp", "/mcp/acme-corp", "/nobody"] {
        let reply = gateway.get(path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert!(!reply.text.contains("acme"), "{}", reply.text);
    }
}
