//! Who gets in, what keeps others out, and what never looks like a bad key.

use std::time::Duration;

use duo_mcp_gateway::domain::actor::{Actor, ApiKey};
use duo_mcp_gateway::domain::audit::{AuditEvent, AuditOutcome};
use duo_mcp_gateway::domain::ids::{EventId, KeyId};
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::domain::scope::Scopes;
use duo_mcp_gateway::tokens::{self, Kind};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::support::client::{Client, Reply};
use crate::support::gateway::Gateway;

/// The promise: what was taken back is refused by every replica after this time.
const TWO_SECONDS: Duration = Duration::from_secs(2);

/// A key that was good once.
async fn expired_key(gateway: &Gateway) -> String {
    let (random, now) = (Random::system(), gateway.parts.clock.now());
    let token = tokens::make(Kind::ApiKey, &random).unwrap();
    let member = gateway.parts.store.members.list(&gateway.tenant.id).await.unwrap().remove(0);
    let key = ApiKey {
        id: KeyId::new(&random).unwrap(),
        tenant: gateway.tenant.id.clone(),
        name: "old".into(),
        member: member.id,
        person: member.name,
        scopes: Scopes::all(),
        standing: vec![],
        last4: token.last4().into(),
        created_at: now.plus_seconds(-7200),
        expires_at: now.plus_seconds(-1),
        last_used_at: None,
        revoked_at: None,
    };
    let event = AuditEvent {
        id: EventId::new(&random).unwrap(),
        tenant: Some(key.tenant.clone()),
        at: now,
        actor: Actor::Console,
        action: "key.create".into(),
        account: None,
        digest: None,
        level: None,
        outcome: AuditOutcome::Ok,
        code: None,
        objects: vec![],
        operation: None,
        request: None,
        duration_ms: None,
    };
    assert!(gateway.parts.store.keys.create(&key, &token.hash(), &event).await.unwrap());
    token.expose().to_owned()
}

async fn ping(client: &Client) -> Reply {
    client.rpc("tools/call", json!({ "name": "ping_auth", "arguments": {} })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_does_not_work_is_refused_with_401_and_duo_hears_nothing() {
    let gateway = Gateway::start(|_| {}).await;
    let random = Random::system();
    let unknown = tokens::make(Kind::ApiKey, &random).unwrap().expose().to_owned();
    let operator = gateway.parts.operators.create("Olga").await.unwrap().0.expose().to_owned();
    let typo = format!("{}x", &gateway.key[..gateway.key.len() - 1]);
    let expired = expired_key(&gateway).await;
    gateway.duo().forget().await;
    for client in [gateway.modern(), gateway.legacy()] {
        let message = client.message("tools/call", json!({ "name": "ping_auth", "arguments": {} }));
        let none = Reply::of(client.bare(Method::POST).json(&message)).await;
        assert_eq!(none.status, 401, "{}", none.text);
        let challenge = none.header("www-authenticate");
        assert!(challenge.starts_with("Bearer resource_metadata=\"http://127.0.0.1:"), "{challenge}");
        for key in ["dgk_nonsense", "sk-something", &unknown, &operator, &typo, &expired] {
            let reply = ping(&client.with_key(key)).await;
            assert_eq!(reply.status, 401, "{key}: {}", reply.text);
            assert!(reply.header("www-authenticate").contains("error=\"invalid_token\""), "{:?}", reply.headers);
            assert!(!reply.text.contains(key), "{}", reply.text);
        }
        assert_eq!(ping(&client).await.status, 200);
    }
    assert_eq!(gateway.duo().record().await.len(), 2, "only the good key's calls");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_counts_only_in_one_header() {
    let gateway = Gateway::start(|_| {}).await;
    let client = gateway.modern();
    let message = client.message("tools/list", json!({}));
    let twice = client.prepare(&message).header("Authorization", format!("Bearer {}", client.key));
    assert_eq!(Reply::of(twice).await.status, 400);
    let both = client.prepare(&message).header("X-Api-Key", &client.key);
    assert_eq!(Reply::of(both).await.status, 400);
    for name in ["api_key", "key", "token", "access_token", "authorization"] {
        let in_query = client.with_query(&format!("{name}={}", client.key));
        assert_eq!(Reply::of(in_query.bare(Method::POST).json(&message)).await.status, 401, "{name}");
        let beside = in_query.rpc("tools/list", json!({})).await;
        assert_eq!(beside.status, 400, "{name}");
        assert!(!beside.text.contains(&client.key), "{}", beside.text);
    }
    let unknown = client.with_query("toolsets=default,everything").rpc("tools/list", json!({})).await;
    assert_eq!(unknown.status, 400, "{}", unknown.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_stops_on_every_replica_within_two_seconds() {
    let gateway = Gateway::on_postgres(|_| {}).await;
    let other = gateway.replica().await;
    let (key, token) = gateway.new_key(&gateway.tenant, "Rita Revoked", Scopes::all(), vec![]).await;
    let (tenant, their_key) = gateway.another_tenant("other").await;
    let both = [gateway.modern(), other.modern()];
    for client in &both {
        assert_eq!(ping(&client.with_key(&token)).await.status, 200);
        assert_eq!(ping(&client.with_key(&their_key)).await.status, 200);
    }
    let acts = &gateway.parts.acts;
    acts.revoke_key(&gateway.tenant.id, &key.id, &Actor::Console).await.unwrap();
    acts.suspend_tenant(&tenant.id, &Actor::Console).await.unwrap();
    sleep(TWO_SECONDS).await;
    for client in &both {
        assert_eq!(settled(&client.with_key(&token)).await.status, 401);
        assert_eq!(settled(client).await.status, 200, "the tenant's other key goes on");
        // Not a 401, which would send the client into a sign-in loop.
        let suspended = client.with_key(&their_key);
        assert_eq!(suspended.call("ping_auth", json!({})).await.code(), "tenant_suspended");
        let list = suspended.rpc("tools/list", json!({})).await.json();
        assert_eq!(list["result"]["tools"], json!([]));
    }
    acts.resume_tenant(&tenant.id, &Actor::Console).await.unwrap();
    sleep(TWO_SECONDS).await;
    for client in &both {
        client.with_key(&their_key).call("ping_auth", json!({})).await.structured();
    }
}

/// The answer once keys can be checked: a slow machine may miss a poll, which is answered with 503 meanwhile.
async fn settled(client: &Client) -> Reply {
    loop {
        let reply = ping(client).await;
        if reply.status != 503 {
            return reply;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_told_by_503_and_never_by_401() {
    let gateway = Gateway::on_postgres(|_| {}).await;
    let database = gateway.ground.database.as_ref().unwrap();
    let unknown = tokens::make(Kind::ApiKey, &Random::system()).unwrap().expose().to_owned();
    let (good, unknown) = (gateway.legacy(), gateway.legacy().with_key(&unknown));
    assert_eq!(good.rpc("tools/list", json!({})).await.status, 200);
    database.set_reachable(false).await;
    let gone = Instant::now();
    let mut refused = false;
    while gone.elapsed() < TWO_SECONDS + Duration::from_millis(700) {
        for client in [&good, &unknown] {
            let reply = client.rpc("tools/list", json!({})).await;
            assert_ne!(reply.status, 401, "{}", reply.text);
            if reply.status == 503 {
                assert!(reply.header("retry-after").parse::<u64>().unwrap() >= 1);
                refused = true;
            }
        }
        sleep(Duration::from_millis(50)).await;
    }
    assert!(refused);
    assert_eq!(good.rpc("tools/list", json!({})).await.status, 503);
    assert_eq!(gateway.get("/readyz").await.status, 503);
    assert_eq!(gateway.get("/healthz").await.status, 200);
    database.set_reachable(true).await;
    let back = Instant::now();
    while good.rpc("tools/list", json!({})).await.status != 200 {
        assert!(back.elapsed() < Duration::from_secs(15), "the gateway does not find its database again");
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(settled(&unknown).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_of_a_client_is_refused_by_its_shape() {
    let gateway = Gateway::start(|_| {}).await;
    let client = gateway.legacy();
    let message = client.message("tools/list", json!({}));
    let status = async |request| Reply::of(request).await.status;
    assert_eq!(status(client.prepare(&message).header("Host", "evil.example")).await, 403);
    assert_eq!(status(client.prepare(&message).header("Origin", "https://evil.example")).await, 403);
    assert_eq!(status(client.prepare(&message).header("Origin", "null")).await, 403);
    assert_eq!(status(client.prepare(&message).header("Origin", "http://localhost:6274")).await, 200);
    for method in [Method::GET, Method::DELETE] {
        let request = client.bare(method.clone()).bearer_auth(&client.key).header("Accept", "text/event-stream");
        assert_eq!(status(request).await, 405, "{method}");
    }
    let send = async |body: String| {
        let request = client.prepare(&message).body(body);
        Reply::of(request).await
    };
    for (body, code) in [
        ("[".repeat(100_000), -32600),
        (format!("{{\"a\":{}", "[".repeat(100_000)), -32600),
        ("{\"jsonrpc\": \"2.0\", ".to_owned(), -32700),
        ("not json".to_owned(), -32700),
        (String::new(), -32700),
        (json!([message]).to_string(), -32600),
    ] {
        let reply = send(body.clone()).await;
        assert_eq!(reply.status, 400, "{}: {}", &body[..body.len().min(30)], reply.text);
        assert_eq!(reply.json()["error"]["code"], code, "{}", &body[..body.len().min(30)]);
        assert_eq!(reply.json()["id"], Value::Null);
    }
    assert_eq!(send(message.to_string()).await.status, 200, "and it still serves");
}

/// The first line of the answer to a request whose body is perhaps not sent to its end.
async fn first_line(gateway: &Gateway, length: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(gateway.settings.server.public.listen).await.unwrap();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n{length}\r\n\r\n",
        gateway.key
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut line = String::new();
    timeout(Duration::from_secs(10), BufReader::new(stream).read_line(&mut line)).await.unwrap().unwrap();
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused_whether_its_length_was_told_or_not() {
    let gateway = Gateway::start(|_| {}).await;
    let limit = 256 * 1024;
    // Refused by its head alone: nobody waits for what was announced.
    let told = first_line(&gateway, &format!("Content-Length: {}", limit + 1), b"").await;
    assert!(told.starts_with("HTTP/1.1 413"), "{told}");
    let mut chunk = format!("{:x}\r\n{{", limit + 1).into_bytes();
    chunk.resize(chunk.len() + limit, b' ');
    let untold = first_line(&gateway, "Transfer-Encoding: chunked", &chunk).await;
    assert!(untold.starts_with("HTTP/1.1 413"), "{untold}");
    let client = gateway.legacy();
    let mut padded = client.message("tools/list", json!({})).to_string();
    padded.push_str(&" ".repeat(limit - padded.len()));
    assert_eq!(Reply::of(client.prepare(&json!({ "method": "tools/list" })).body(padded)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_calls_too_often_is_told_when_to_come_back() {
    let gateway = Gateway::start(|settings| settings.server.limits.key_rate_per_minute = 1).await;
    let client = gateway.legacy();
    let mut statuses = Vec::new();
    let mut last = None;
    for _ in 0..25 {
        let reply = client.rpc("ping", json!({})).await;
        statuses.push(reply.status);
        last = Some(reply);
    }
    let last = last.unwrap();
    assert_eq!(last.status, 429, "{statuses:?}");
    assert!(last.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert!(statuses.iter().filter(|status| **status == 200).count() >= 20, "{statuses:?}");
    let another = gateway.new_key(&gateway.tenant, "Nora Next", Scopes::all(), vec![]).await.1;
    assert_eq!(client.with_key(&another).rpc("ping", json!({})).await.status, 200, "each key has its own count");
}
