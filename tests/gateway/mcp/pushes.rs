//! People's phones: caps over all replicas, who asks, every factor and its end.

use std::time::Duration;

use duo_mcp_gateway::config::Seconds;
use duo_mcp_gateway::domain::scope::Scopes;
use reqwest::Url;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::support::client::Client;
use crate::support::duo::Duo;
use crate::support::gateway::Gateway;

async fn push(client: &Client, person: Value) -> Value {
    let answer = client.call("auth", person).await;
    answer.done()["txid"].clone()
}

async fn sent_to_phones(duo: &Duo) -> usize {
    duo.asked("POST", "/auth/v2/auth").await.len()
}

/// The pairs that the phone shows.
fn shown(pushinfo: &Value) -> Vec<(String, String)> {
    let url = Url::parse(&format!("http://phone/?{}", pushinfo.as_str().unwrap())).unwrap();
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Two replicas and a client of each, with two keys.
async fn two_replicas() -> (Gateway, Gateway, [Client; 2]) {
    let one = Gateway::on_postgres(|_| {}).await;
    let two = one.replica().await;
    let second_key = one.new_key(&one.tenant, "Sam Second", Scopes::all(), vec![]).await.1;
    let clients = [one.modern(), two.legacy().with_key(&second_key)];
    (one, two, clients)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_gets_three_pushes_in_ten_minutes_whoever_asks_by_whichever_name() {
    let (gateway, _other, [ada, sam]) = two_replicas().await;
    let duo = gateway.duo();
    let id = duo.user("narroway").await["user_id"].clone();
    duo.script("narroway", "approve").await;
    let names =
        [json!({ "username": "narroway" }), json!({ "username": "NARROWAY@example.com" }), json!({ "user_id": id })];
    for (client, name) in [&ada, &sam, &ada].into_iter().zip(&names) {
        let txid = push(client, name.clone()).await;
        assert_eq!(client.outcome_of(txid.as_str().unwrap()).await, "allow");
    }
    for client in [&ada, &sam] {
        for name in &names {
            let failure = client.call("auth", name.clone()).await.failure();
            assert_eq!(failure["code"], "push_limit", "{failure:#}");
        }
    }
    assert_eq!(sent_to_phones(duo).await, 3);
    duo.script("lking", "approve").await;
    push(&sam, json!({ "username": "lking" })).await;
    assert_eq!(sent_to_phones(duo).await, 4, "another person is another count");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_pushes_at_the_same_moment_one_is_sent() {
    let (gateway, _other, [ada, sam]) = two_replicas().await;
    let duo = gateway.duo();
    duo.script("jdoe", "wait").await;
    let ask = |client: &Client, name: &str| {
        let (client, name) = (client.clone(), name.to_owned());
        tokio::spawn(async move { client.call("auth", json!({ "username": name })).await })
    };
    let asked = [ask(&ada, "jdoe"), ask(&sam, "JDoe"), ask(&ada, "JDOE"), ask(&sam, "jdoe"), ask(&sam, " jdoe ")];
    let mut sent = 0;
    for answer in asked {
        let answer = answer.await.unwrap();
        if answer.0["isError"] == true {
            assert_eq!(answer.code(), "push_already_waiting");
        } else {
            sent += 1;
        }
    }
    assert_eq!((sent, sent_to_phones(duo).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_asked_one_thing_at_a_time_and_left_alone_after_a_no() {
    let (gateway, _other, [ada, sam]) = two_replicas().await;
    let duo = gateway.duo();
    for (person, press) in [("lking", "deny"), ("jdoe", "fraud")] {
        duo.script(person, "wait").await;
        duo.forget().await;
        let txid = push(&ada, json!({ "username": person, "factor": "push" })).await;
        for client in [&ada, &sam] {
            let second = client.call("auth", json!({ "username": person.to_uppercase() })).await;
            assert_eq!(second.code(), "push_already_waiting");
        }
        duo.press(person, press).await;
        // Nobody asks how it ended: the gateway follows it by itself.
        let until = Instant::now() + Duration::from_secs(10);
        while sam.call("auth", json!({ "username": person })).await.code() != "push_cool_down" {
            assert!(Instant::now() < until, "the {press} is not noticed");
            sleep(Duration::from_millis(50)).await;
        }
        for factor in ["push", "phone", "sms"] {
            let more = ada.call("auth", json!({ "username": person, "factor": factor })).await;
            assert_eq!(more.code(), "push_cool_down", "{factor}");
        }
        assert_eq!(sam.outcome_of(txid.as_str().unwrap()).await, press, "the row is everybody's of the tenant");
        assert_eq!(sent_to_phones(duo).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_ends_leaves_its_pushes_to_another() {
    let one = Gateway::on_postgres(|settings| settings.operations.lease_seconds = Seconds(5)).await;
    let two = one.replica().await;
    let (duo, client) = (two.duo(), two.modern());
    duo.script("jdoe", "wait").await;
    let txid = push(&one.modern(), json!({ "username": "jdoe" })).await;
    sleep(Duration::from_millis(300)).await;
    drop(one.stop().await);
    duo.press("jdoe", "deny").await;
    let pressed = Instant::now();
    assert_eq!(client.outcome_of(txid.as_str().unwrap()).await, "deny");
    assert!(pressed.elapsed() < Duration::from_secs(20), "{:?}", pressed.elapsed());
    assert_eq!(client.call("auth", json!({ "username": "jdoe" })).await.code(), "push_cool_down");
    assert_eq!(sent_to_phones(duo).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_phone_says_who_asks_whatever_the_reason_is() {
    let gateway = Gateway::start(|_| {}).await;
    let (client, duo) = (gateway.modern(), gateway.duo());
    for (person, reason) in
        [("lking", "x&Asked by=Mallory"), ("jdoe", "x%26Asked%20by%3DMallory"), ("mrossi", "x;Asked+by=Mallory=&&")]
    {
        duo.script(person, "approve").await;
        duo.forget().await;
        push(&client, json!({ "username": person, "factor": "push", "reason": reason })).await;
        let sent = duo.only_change().await;
        let expected = [("Asked by".to_owned(), "Ada Admin".to_owned()), ("Reason".to_owned(), reason.to_owned())];
        assert_eq!(shown(&sent["params"]["pushinfo"]), expected, "{sent:#}");
        assert_eq!(sent["params"]["type"], "AI request");
        assert_eq!(sent["params"]["user_id"], duo.user(person).await["user_id"]);
        assert_eq!((&sent["params"]["async"], &sent["params"]["factor"]), (&json!("1"), &json!("push")));
        assert_eq!((&sent["path"], &sent["signature"]), (&json!("/auth/v2/auth"), &json!("v5/sha512")));
    }
    let unknown = client.call("auth_status", json!({ "txid": "45f7c92b-f45f-4862-8545-e0f58e78075a" })).await;
    assert_eq!(unknown.code(), "txid_not_found");
    assert!(!duo.record().await.iter().any(|one| one["path"] == "/auth/v2/auth_status" && one["outcome"] != 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_calls_and_passcodes_end_as_they_should() {
    let gateway = Gateway::start(|_| {}).await;
    let (client, duo) = (gateway.legacy(), gateway.duo());
    let text = push(&client, json!({ "username": "lking", "factor": "sms" })).await;
    assert_eq!(client.outcome_of(text.as_str().unwrap()).await, "sent", "a text authenticates nobody");
    let sent = duo.control("GET", "sent", None).await;
    let passcode = sent["sent"][0]["codes"][0].as_str().unwrap().to_owned();
    let ask = json!({ "username": "lking", "passcode": passcode });
    let right = push(&client, ask.clone()).await;
    assert_eq!(client.outcome_of(right.as_str().unwrap()).await, "allow");
    let params = duo.asked("POST", "/auth/v2/auth").await.pop().unwrap()["params"].clone();
    assert_eq!((&params["factor"], &params["passcode"]), (&json!("passcode"), &json!(passcode)));
    assert!(params.get("device").is_none());
    let used = push(&client, ask).await;
    assert_eq!(client.outcome_of(used.as_str().unwrap()).await, "deny", "a passcode counts once");
    duo.script("jdoe", "approve").await;
    let call = push(&client, json!({ "username": "jdoe", "factor": "phone" })).await;
    assert_eq!(client.outcome_of(call.as_str().unwrap()).await, "allow");

    duo.forget().await;
    for (arguments, code) in [
        (json!({ "username": "jsmith", "factor": "push", "device": "DPNOSUCHDEVICE000000" }), "no_capable_device"),
        (json!({ "username": "pnew" }), "user_not_enrolled"),
        (json!({ "username": "asmith" }), "user_in_bypass"),
        (json!({ "username": "bglass", "passcode": "123456" }), "user_in_bypass"),
        (json!({ "username": "nobody-of-this-name" }), "user_not_found"),
        (json!({}), "bad_arguments"),
        (json!({ "username": "jdoe", "passcode": "1234567", "factor": "push" }), "bad_arguments"),
    ] {
        let failure = client.call("auth", arguments.clone()).await.failure();
        assert_eq!(failure["code"], code, "{arguments}: {failure:#}");
    }
    assert!(duo.changes().await.is_empty());
}
