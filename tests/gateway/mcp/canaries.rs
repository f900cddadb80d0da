//! No secret is left anywhere: not in the database, the log, or an answer.

use std::fs;
use std::io;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use duo_mcp_gateway::config::{LogFormat, LogLevel, LogSettings};
use duo_mcp_gateway::telemetry;
use duo_mcp_gateway::vault::hex;
use serde_json::json;
use sqlx::{AssertSqlSafe, Row as _};

use crate::support::client::{Client, Reply};
use crate::support::databases::Whose;
use crate::support::gateway::{CONNECTION, Gateway, Ground};
use crate::support::tour::{EIGHTEEN, tour};

/// A secret key that Duo does not know, which somebody tried to store.
const WRONG_SKEY: &str = "cAnArYcAnArYcAnArYcAnArYcAnArYcAnArY1234";

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The forms in which a secret would be recognised.
fn disguises(secret: &str) -> Vec<Vec<u8>> {
    let reversed: String = secret.chars().rev().collect();
    let hexed = hex(secret.as_bytes());
    let padded = STANDARD.encode(secret);
    vec![
        secret.as_bytes().to_vec(),
        padded.trim_end_matches('=').as_bytes().to_vec(),
        URL_SAFE.encode(secret).trim_end_matches('=').as_bytes().to_vec(),
        hexed.to_uppercase().into_bytes(),
        hexed.into_bytes(),
        reversed.into_bytes(),
    ]
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Everything that the database holds, as bytes.
async fn dump(ground: &Ground) -> Vec<u8> {
    let mut dump = Vec::new();
    let Some(database) = &ground.database else {
        for entry in fs::read_dir(ground.folder.join("data")).unwrap() {
            dump.extend(fs::read(entry.unwrap().path()).unwrap());
        }
        return dump;
    };
    let pool = database.pool(Whose::Superuser).await;
    let tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'";
    for table in sqlx::query(tables).fetch_all(&pool).await.unwrap() {
        let table: String = table.get(0);
        let rows = sqlx::query(AssertSqlSafe(format!("SELECT t::text FROM {table} t"))).fetch_all(&pool).await.unwrap();
        for row in rows {
            dump.extend(row.get::<String, _>(0).into_bytes());
            dump.push(b'\n');
        }
    }
    dump
}

/// What a run answered, and the secrets that came up in it.
struct Run {
    answers: Vec<u8>,
    passcode: String,
    /// Shown once by design: a new key in the answer that made it, a session in its cookie.
    shown: Vec<String>,
}

/// Every tool, every kind of refusal, both listeners.
async fn full_run(gateway: &Gateway, unattended: &str, operator: &str, passcode_of: &str) -> Run {
    let (client, duo) = (gateway.modern(), gateway.duo());
    let mut answers = Vec::new();
    for (_, answer) in tour(&client.with_key(unattended), duo).await {
        answers.extend(answer.to_string().into_bytes());
    }
    client.call("auth", json!({ "username": passcode_of, "factor": "sms" })).await.done();
    let sent = duo.control("GET", "sent", None).await;
    let passcode = sent["sent"][0]["codes"][0].as_str().unwrap().to_owned();
    duo.fault(json!({ "kind": "html502", "path": "/admin/v1/users", "times": 6 })).await;
    let calls = [
        ("list_users", json!({ "limit": 2 })),
        ("list_users", json!({ "limit": 2 })),
        ("auth", json!({ "username": passcode_of, "passcode": passcode })),
        ("auth", json!({ "username": passcode_of, "passcode": passcode })),
        ("auth", json!({ "username": passcode_of, "passcode": passcode, "factor": "push" })),
        ("auth", json!({ "username": passcode_of, "passcodes": passcode })),
        ("modify_user", json!({ "user": "jdoe", "status": "bypass" })),
        ("trash_users", json!({ "users": ["jdoe", "mrossi"] })),
        ("get_context", json!({})),
    ];
    for (tool, arguments) in calls {
        answers.extend(client.call(tool, arguments).await.0.to_string().into_bytes());
    }
    for request in odd_requests(gateway, &client, operator) {
        let reply = Reply::of(request).await;
        answers.extend(format!("{:?} {}", reply.headers, reply.text).into_bytes());
    }
    let shown = vec![sign_in(gateway, operator).await, made_key(gateway, operator).await];
    Run { answers, passcode, shown }
}

/// A key made over REST, and used once.
async fn made_key(gateway: &Gateway, operator: &str) -> String {
    let url = gateway.admin_url(&format!("/admin/v1/tenants/{}/keys", gateway.tenant.id));
    let new = json!({ "name": "made over REST", "person": "Ruth Rest", "scopes": ["duo:read"] });
    let reply = Reply::of(gateway.http().post(url).bearer_auth(operator).json(&new)).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let key = reply.json()["api_key"].as_str().unwrap().to_owned();
    gateway.legacy().with_key(&key).call("get_context", json!({})).await.structured();
    key
}

/// Signs in on the approval page as a person does, and looks at what waits; the session.
async fn sign_in(gateway: &Gateway, operator: &str) -> String {
    let url = gateway.admin_url("/approvals/sign-in");
    let form = Reply::of(gateway.http().get(&url)).await;
    let ticket = cookie(&form);
    let (_, rest) = form.text.split_once("name=\"csrf\" value=\"").expect("the form's token");
    let csrf = &rest[..rest.find('"').unwrap()];
    let request = gateway.http().post(&url).header("Cookie", ticket).header("Origin", gateway.admin_url(""));
    let request = request.header("Content-Type", "application/x-www-form-urlencoded");
    // No client of ours follows it: the answer is the redirection.
    let signed_in = Reply::of(request.body(format!("csrf={csrf}&key={operator}"))).await;
    let session = cookie(&signed_in);
    assert!(!session.is_empty(), "{signed_in:?}");
    let page = Reply::of(gateway.http().get(gateway.admin_url("/approvals")).header("Cookie", &session)).await;
    assert!(page.text.contains("bypass"), "what waits is shown: {}", page.text);
    for answer in [&form.text, &signed_in.text, &page.text] {
        assert!(!answer.contains(operator));
    }
    session.split_once('=').unwrap().1.to_owned()
}

/// The cookie that an answer sets, as a browser sends it back.
fn cookie(reply: &Reply) -> String {
    let set = reply.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let pairs: Vec<&str> =
        set.filter_map(|value| value.split(';').next()).filter(|pair| !pair.ends_with('=')).collect();
    pairs.join("; ")
}

/// The operator's listener, and keys where they do not belong.
fn odd_requests(gateway: &Gateway, client: &Client, operator: &str) -> Vec<reqwest::RequestBuilder> {
    let tenant = format!("/admin/v1/tenants/{}", gateway.tenant.id);
    let get = |path: &str, key: &str| gateway.http().get(gateway.admin_url(path)).bearer_auth(key);
    let admin = gateway.duo().application("Admin API");
    let keys = json!({ "ikey": admin.ikey, "skey": admin.skey });
    let swapped = json!({ "ikey": admin.skey, "skey": admin.ikey });
    let wrong = json!({ "ikey": admin.ikey, "skey": WRONG_SKEY });
    let put = |body: &serde_json::Value| {
        let path = format!("{tenant}/connections/{CONNECTION}/credentials/admin");
        gateway.http().put(gateway.admin_url(&path)).bearer_auth(operator).json(body)
    };
    let in_query = client.with_query(&format!("api_key={}", client.key));
    vec![
        get("/admin/v1/tenants", operator),
        get("/admin/v1/tenants", &client.key),
        get(&tenant, operator),
        get(&format!("{tenant}/keys"), operator),
        get(&format!("{tenant}/connections"), operator),
        get(&format!("{tenant}/audit"), operator),
        get("/admin/v1/operations", operator),
        put(&keys),
        put(&swapped),
        put(&wrong),
        gateway.http().get(format!("{}/{}", client.url, client.key)).bearer_auth(operator),
        in_query.prepare(&client.message("tools/list", json!({}))),
        client.with_key(operator).prepare(&client.message("tools/list", json!({}))),
    ]
}

fn absent(secrets: &[String], bytes: &[u8], place: &str) {
    for (number, secret) in secrets.iter().enumerate() {
        for disguise in disguises(secret) {
            let line = bytes.split(|byte| *byte == b'\n').find(|line| holds(line, &disguise));
            let line = line.map(|line| String::from_utf8_lossy(&line[..line.len().min(2_000)]).into_owned());
            assert!(line.is_none(), "secret {number} is in {place}: {}", line.unwrap_or_default());
        }
    }
}

/// Runs it all and looks everywhere but into the log; the secrets that were used.
async fn no_canary_sings(gateway: Gateway) -> Vec<String> {
    let unattended = gateway.unattended_key(&EIGHTEEN).await;
    let operator = gateway.parts.operators.create("Olga").await.unwrap().0.expose().to_owned();
    let Run { answers, passcode, shown } = full_run(&gateway, &unattended, &operator, "jsmith").await;
    let during = dump(&gateway.ground).await;
    let mut secrets = vec![passcode, gateway.key.clone(), unattended, operator, WRONG_SKEY.to_owned()];
    secrets.extend(gateway.duo().simulator.applications().into_iter().map(|application| application.skey));
    let ground = gateway.stop().await;
    let after = dump(&ground).await;
    assert!(holds(&after, b"acme-corp") && holds(&after, b"bulk_create_users"), "the dump holds what was written");
    absent(&secrets, &answers, "an answer");
    secrets.extend(shown);
    absent(&secrets, &during, "the database");
    absent(&secrets, &after, "the database, later");
    secrets
}

/// On one thread, so that the log of everything goes where the test looks.
#[tokio::test]
async fn no_secret_is_in_the_database_the_log_or_an_answer() {
    let log = Log::default();
    let writer = log.clone();
    let settings = LogSettings { level: LogLevel::Trace, format: LogFormat::Json };
    let listening = tracing::subscriber::set_default(telemetry::subscriber(&settings, move || writer.clone()));
    let mut secrets = no_canary_sings(Gateway::start(|_| {}).await).await;
    secrets.extend(no_canary_sings(Gateway::on_postgres(|_| {}).await).await);
    drop(listening);
    let log = log.0.lock().unwrap().clone();
    assert!(holds(&log, b"Listening") && holds(&log, b"Stopped"), "the log was caught");
    absent(&secrets, &log, "the log");
}
