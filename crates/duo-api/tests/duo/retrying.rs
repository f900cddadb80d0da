//! What is sent again, what never is, and what becomes of the clock.

use std::time::Duration;

use duo_api::{Budget, DuoClient, DuoError, Forbidden, Lost, Unauthorized};
use serde_json::json;

use crate::listener::{Listener, Step, fail, json as json_reply, ok, reply};
use crate::support::{START_MS, TestKeys, admin, call, client, settings};

fn read() -> duo_api::Call {
    call("users_list", json!({}))
}

fn change() -> duo_api::Call {
    call("users_create", json!({"username": "canary-user"}))
}

fn limited() -> Step {
    fail(42901, "Too Many Requests")
}

fn html(status: u16) -> Step {
    reply(status, "Content-Type: text/html\r\n", "<html>canary-body</html>")
}

/// The error of a call and how many requests it took. Only a silent listener takes as long as the bound here.
async fn error(script: Vec<Step>, call: &duo_api::Call) -> (DuoError, usize) {
    let listener = Listener::start(script).await;
    let mut settings = settings(&listener);
    settings.timeouts.first_byte = Duration::from_millis(1500);
    let error = DuoClient::new(settings).unwrap().send(&admin(), call).await.unwrap_err();
    (error, listener.seen().len())
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_and_signed_anew() {
    let listener = Listener::start([limited(), reply(429, "", ""), ok("{}")]).await;
    client(&listener).send(&admin(), &change()).await.unwrap();
    let seen = listener.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|request| request.body == seen[0].body));
    assert_ne!(seen[0].header("date"), seen[1].header("date"));
    assert_ne!(seen[0].header("authorization"), seen[1].header("authorization"));
}

#[tokio::test]
async fn after_seven_requests_a_rate_limit_is_an_error() {
    let (error, requests) = error(vec![limited(); 9], &read()).await;
    assert_eq!((error.retryable(), requests), (true, 7));
    assert!(matches!(error, DuoError::RateLimited { .. }));
}

#[tokio::test]
async fn a_wait_that_does_not_fit_into_the_budget_is_not_begun() {
    let slow = reply(429, "Retry-After: 30\r\n", "");
    let (error, requests) = error(vec![slow, ok("{}")], &change()).await;
    assert_eq!((error, requests), (DuoError::RateLimited { retry_after: Duration::from_secs(30) }, 1));
}

#[tokio::test]
async fn a_read_is_sent_again_after_a_failure() {
    for broken in [Step::Cut(vec![]), html(502), fail(50001, "Unknown internal server error")] {
        let listener = Listener::start([broken.clone(), broken, ok("[]")]).await;
        client(&listener).send(&admin(), &read()).await.unwrap();
        assert_eq!(listener.seen().len(), 3);
    }
    let (failed, requests) = error(vec![html(502); 4], &read()).await;
    assert_eq!((failed.retryable(), requests), (true, 3));
    let (failed, requests) = error(vec![fail(50001, "x"); 4], &read()).await;
    assert!(matches!(failed, DuoError::ServerFault(_)) && requests == 3);
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_never_sent_again() {
    let short = b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"stat\":".to_vec();
    let mangled = json_reply(200, "{\"stat\":\"OK\",\"resp");
    let lost = [
        (Step::Cut(vec![]), Lost::Interrupted),
        (Step::Cut(short), Lost::Interrupted),
        (Step::Silence(Duration::from_secs(5)), Lost::TimedOut),
        (html(502), Lost::Unreadable { status: 502, why: "it is not JSON" }),
        (html(200), Lost::Unreadable { status: 200, why: "it is not JSON" }),
        (
            reply(302, "Location: https://api-x.duosecurity.com/\r\n", ""),
            Lost::Unreadable { status: 302, why: "it is not JSON" },
        ),
        (mangled, Lost::Unreadable { status: 200, why: "it is not an envelope of Duo's" }),
    ];
    for (step, expected) in lost {
        let (error, requests) = error(vec![step, ok("{}")], &change()).await;
        assert_eq!((error, requests), (DuoError::OutcomeUnknown(expected), 1));
    }
    let (failed, requests) = error(vec![fail(50001, "Unknown internal server error"), ok("{}")], &change()).await;
    assert!(matches!(failed, DuoError::OutcomeUnknown(Lost::ServerFault(_))) && requests == 1);
    let (refused, _) = error(vec![html(403)], &change()).await;
    assert_eq!(refused, DuoError::Unreadable { status: 403, why: "it is not JSON" });
}

#[tokio::test]
async fn a_post_that_only_reads_is_not_repeated_and_not_wondered_about() {
    let listener = Listener::start([Step::Cut(vec![]), ok("[]")]).await;
    let keys = TestKeys(duo_api::Api::Accounts, duo_api::SignatureVersion::V5);
    let error = client(&listener).send(&keys, &call("accounts_list", json!({}))).await.unwrap_err();
    assert_eq!((error, listener.seen().len()), (DuoError::Interrupted, 1));
}

#[tokio::test]
async fn a_slow_read_times_out_and_a_long_poll_waits() {
    let slow = || vec![Step::Silence(Duration::from_secs(5)), ok("[]")];
    let (late, requests) = error(slow(), &read()).await;
    assert_eq!((late, requests), (DuoError::TimedOut, 1));
    let mut within = read();
    within.budget = Budget::within(Duration::from_millis(50));
    assert_eq!(error(slow(), &within).await.0, DuoError::TimedOut);

    let listener = Listener::start(slow()).await;
    let mut patient = settings(&listener);
    patient.timeouts.first_byte = Duration::from_millis(100);
    patient.timeouts.long_poll = Duration::from_millis(600);
    let mut poll = call("auth_auth_status", json!({"txid": "t"}));
    poll.budget = Budget::LONG_POLL;
    let (keys, begun) = (TestKeys(duo_api::Api::Auth, duo_api::SignatureVersion::V5), std::time::Instant::now());
    let error = DuoClient::new(patient).unwrap().send(&keys, &poll).await.unwrap_err();
    assert_eq!(error, DuoError::TimedOut);
    assert!(begun.elapsed() >= Duration::from_millis(600), "the bound on ordinary answers is 100 ms");
}

#[tokio::test]
async fn an_answer_is_read_up_to_a_bound() {
    let long = "x".repeat(2000);
    let chunked = format!(
        "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n{long}\r\n0\r\n\r\n"
    );
    for step in [json_reply(200, &long), Step::Reply(chunked.into_bytes())] {
        let listener = Listener::start([step.clone(), step]).await;
        let mut small = settings(&listener);
        small.max_answer_bytes = 1000;
        let client = DuoClient::new(small).unwrap();
        assert_eq!(client.send(&admin(), &read()).await.unwrap_err(), DuoError::TooLarge { limit: 1000 });
        let lost = client.send(&admin(), &change()).await.unwrap_err();
        assert!(matches!(lost, DuoError::OutcomeUnknown(_)));
    }
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_by_duos_date_once() {
    let refused = |date: &str| {
        let body = r#"{"stat":"FAIL","code":40105,"message":"Bad request timestamp"}"#;
        reply(401, &format!("Content-Type: application/json\r\nDate: {date}\r\n"), body)
    };
    let later = "Sat, 21 Nov 2026 12:08:07 GMT";
    let listener = Listener::start([refused(later), ok("{}"), ok("[]")]).await;
    let client = client(&listener);
    assert_eq!(client.skew(), 0);
    client.send(&admin(), &change()).await.unwrap();
    let three_hours = 3 * 3_600_000;
    assert!((client.skew() - three_hours).abs() < 10_000, "{}", client.skew());
    client.send(&admin(), &read()).await.unwrap();
    let seen = listener.seen();
    assert_eq!(seen[0].header("date"), "Sat, 21 Nov 2026 09:08:07 -0000");
    for corrected in &seen[1..] {
        let sent = duo_api::sign::read_http_date(corrected.header("date")).unwrap();
        assert!((sent - START_MS - three_hours).abs() < 20_000);
    }

    let (error, requests) = error(vec![refused(later), refused(later), ok("{}")], &change()).await;
    assert!(matches!(error, DuoError::Unauthorized { why: Unauthorized::Timestamp, .. }) && requests == 2);
}

#[tokio::test]
async fn the_date_of_any_answer_tells_of_a_wrong_clock() {
    let body = r#"{"stat":"OK","response":[]}"#;
    let early =
        reply(200, "Content-Type: application/json; charset=utf-8\r\nDate: Sat, 21 Nov 2026 08:08:07 GMT\r\n", body);
    let listener = Listener::start([early]).await;
    let client = client(&listener);
    let answer = client.send(&admin(), &read()).await.unwrap();
    assert_eq!(answer.server_date, Some(START_MS - 3_600_000));
    assert!((client.skew() + 3_600_000).abs() < 10_000);
}

#[tokio::test]
async fn refusals_are_told_apart_and_sent_once() {
    let (key, requests) = error(vec![fail(40102, "Invalid integration key in request credentials")], &change()).await;
    assert!(matches!(key, DuoError::Unauthorized { why: Unauthorized::IntegrationKey, .. }) && requests == 1);
    let (signature, _) = error(vec![fail(40103, "Invalid signature in request credentials")], &read()).await;
    assert!(matches!(signature, DuoError::Unauthorized { why: Unauthorized::Signature, .. }));
    let (grant, _) = error(vec![fail(40301, "Access forbidden")], &read()).await;
    assert!(matches!(&grant, DuoError::Forbidden { why: Forbidden::Access, .. }));
    assert!(grant.to_string().contains("Grant resource - Read"));
    assert!(error(vec![fail(40401, "Resource not found")], &read()).await.0.is_not_found());
    assert!(matches!(error(vec![fail(40003, "Duplicate resource")], &change()).await.0, DuoError::Rejected(_)));
}

#[tokio::test]
async fn no_error_repeats_keys_signatures_arguments_or_pages() {
    let scripts =
        [vec![html(502)], vec![html(404)], vec![Step::Cut(vec![])], vec![fail(40103, "no")], vec![limited(); 7]];
    for script in scripts {
        let listener = Listener::start(script).await;
        let error = client(&listener).send(&admin(), &change()).await.unwrap_err();
        let text = format!("{error} {error:?}");
        for canary in ["canary", "DIFAKE", "fakeSKEY", "Basic", listener.seen()[0].header("authorization")] {
            assert!(!text.contains(canary), "{text}");
        }
    }
}
