//! Shapes of requests that real clients send, and the order of refusals.

use duo_simulator::ApplicationKind::{Accounts, Admin, Auth};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::caller::{Duo, authorization, date, raw};

#[tokio::test]
async fn ping_needs_nothing_and_takes_a_bare_question_mark() {
    let duo = Duo::start().await;
    for target in ["/auth/v2/ping", "/auth/v2/ping?", "http://localhost/auth/v2/ping?"] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: localhost:9999\r\nConnection: close\r\n\r\n");
        let answer = raw(duo.simulator.http_addr(), &request).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{target}");
        assert!(answer.json()["response"]["time"].is_i64());
    }
}

#[tokio::test]
async fn a_chunked_body_and_an_absolute_target_are_signed_as_usual() {
    let duo = Duo::start().await;
    let (keys, date, body) = (duo.keys(Auth), date(), r#"{"username":"MRossi"}"#);
    let signed = authorization(&keys, &date, "POST", &keys.host, "/auth/v2/preauth", "", body);
    let (start, end) = body.split_at(5);
    let request = format!(
        "POST https://{host}/auth/v2/preauth HTTP/1.1\r\nHost: {host}:443\r\nX-Duo-Other: 1\r\nDate: {date}\r\n\
         Authorization: {signed}\r\nContent-Type: application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\
         Connection: close\r\n\r\n{a:x}\r\n{start}\r\n{b:x}\r\n{end}\r\n0\r\n\r\n",
        host = keys.host.to_uppercase(),
        a = start.len(),
        b = end.len(),
    );
    let unsigned_header = raw(duo.simulator.http_addr(), &request).await;
    assert_eq!(unsigned_header.code(), 40103, "an x-duo header that was not signed");
    let answer = raw(duo.simulator.http_addr(), &request.replace("X-Duo-Other: 1\r\n", "")).await;
    assert_eq!((answer.status, answer.json()["response"]["result"].as_str()), (200, Some("auth")));
}

/// Each request is wrong in everything that is checked later too, so only the order decides.
#[tokio::test]
async fn refusals_come_in_duos_order() {
    let duo = Duo::start().await;
    let keys = duo.keys(Auth);
    let path = "/admin/v1/users";
    let send = async |headers: String| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n");
        raw(duo.simulator.http_addr(), &request).await
    };
    let old = "Tue, 21 Aug 2012 17:29:18 -0000";
    let good = |date: &str| authorization(&keys, date, "GET", "localhost", path, "", "");
    let mut unknown = keys.clone();
    unknown.ikey = "DIUNKNOWNUNKNOWNUNKN".to_owned();
    let strange = authorization(&unknown, old, "GET", "localhost", path, "", "");
    let now = date();
    let cases = [
        (String::new(), 40101),
        (format!("Authorization: {strange}\r\n"), 40102),
        (format!("Authorization: {}\r\n", good(old)), 40104),
        (format!("Authorization: {}\r\nDate: {old}\r\n", good(&now)), 40105),
        (format!("Authorization: {}\r\nDate: {now}\r\n", good(old)), 40103),
        (format!("Authorization: {}\r\nDate: {now}\r\n", good(&now)), 40301),
    ];
    for (headers, code) in cases {
        let answer = send(headers).await;
        assert_eq!((answer.code(), u64::from(answer.status)), (code, code / 100), "{answer:?}");
    }
    assert_eq!(
        send(format!("Authorization: {}\r\nDate: {now}\r\n", good(&now))).await.json()["message_detail"],
        "Wrong integration type for this API."
    );
}

#[tokio::test]
async fn only_forms_and_json_are_bodies() {
    let duo = Duo::start().await;
    let (keys, date) = (duo.keys(Auth), date());
    let signed = authorization(&keys, &date, "POST", "localhost", "/auth/v2/preauth", "", "username=a");
    let request = format!(
        "POST /auth/v2/preauth HTTP/1.1\r\nHost: localhost\r\nDate: {date}\r\nAuthorization: {signed}\r\n\
         Content-Type: text/plain\r\nContent-Length: 10\r\nConnection: close\r\n\r\nusername=a"
    );
    assert_eq!(raw(duo.simulator.http_addr(), &request).await.code(), 40106);
    let missing = duo.post(Auth, "/auth/v2/preauth", &json!({})).await;
    assert_eq!((missing.code(), missing.json()["message_detail"].as_str()), (40001, Some("username")));
}

#[tokio::test]
async fn the_logo_is_a_picture_and_failures_are_json() {
    let duo = Duo::start().await;
    let (keys, date) = (duo.keys(Auth), date());
    let signed = authorization(&keys, &date, "GET", "127.0.0.1", "/auth/v2/logo", "", "");
    let mut stream = TcpStream::connect(duo.simulator.http_addr()).await.unwrap();
    let request = format!(
        "GET /auth/v2/logo HTTP/1.1\r\nHost: 127.0.0.1\r\nDate: {date}\r\nAuthorization: {signed}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("content-type: image/png\r\n"));
    let crossed = duo.get(Admin, "/auth/v2/logo", "").await;
    assert_eq!((crossed.code(), crossed.header("content-type")), (40301, Some("application/json")));
}

#[tokio::test]
async fn the_https_port_tunnels_to_itself_and_speaks_nothing_plain() {
    let duo = Duo::start().await;
    let refused = raw(duo.simulator.https_addr(), "GET /auth/v2/ping HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert_eq!(refused.status, 400);
    let mut stream = TcpStream::connect(duo.simulator.https_addr()).await.unwrap();
    stream.write_all(b"CONNECT api-00000000.duosecurity.com:443 HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut head = [0; 39];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 Connection established\r\n\r\n");
}

#[tokio::test]
async fn unknown_paths_wrong_verbs_and_faults_are_told_and_recorded() {
    let duo = Duo::start().await;
    let unknown = duo.get(Accounts, "/admin/v9/nothing", "").await;
    assert_eq!(unknown.code(), 40401);
    let wrong = duo.get(Accounts, "/accounts/v1/account/list", "").await;
    assert_eq!(wrong.code(), 40501);
    duo.control("POST", "faults", &json!({"kind": "rate_limit", "retry_after": "7"})).await;
    let limited = duo.get(Auth, "/auth/v2/check", "").await;
    assert_eq!((limited.code(), limited.header("retry-after")), (42901, Some("7")));
    let record = duo.control("GET", "record", &json!(null)).await;
    let calls: Vec<_> = record["requests"].as_array().unwrap().iter().map(|r| r["outcome"].clone()).collect();
    assert_eq!(calls, [json!(40401), json!(40501), json!(42901)]);
}

#[tokio::test]
async fn who_hangs_up_is_recorded_and_the_work_is_done() {
    let duo = Duo::start().await;
    let both = json!({"kind": "delay", "delay_ms": 300, "path": "/auth/v2/ping", "times": 2});
    duo.control("POST", "faults", &both).await;
    let request = "GET /auth/v2/ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut impatient = TcpStream::connect(duo.simulator.http_addr()).await.unwrap();
    impatient.write_all(request.as_bytes()).await.unwrap();
    let record = async || duo.control("GET", "record?path=/auth/v2/ping", &json!(null)).await["requests"].clone();
    while record().await[0].is_null() {
        tokio::task::yield_now().await;
    }
    drop(impatient);
    assert_eq!(raw(duo.simulator.http_addr(), request).await.status, 200);
    while record().await[0]["outcome"].is_null() {
        tokio::task::yield_now().await;
    }
    let calls = record().await;
    assert!(calls[0]["left_ms"].as_i64().unwrap() < calls[0]["duration_ms"].as_i64().unwrap(), "{calls:#}");
    assert_eq!((&calls[0]["outcome"], &calls[1]["left_ms"]), (&json!(200), &json!(null)), "{calls:#}");
}
