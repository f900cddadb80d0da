//! A caller: raw requests over TCP, signed with version 5 by itself.

use std::fmt::Write as _;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use duo_simulator::{Application, ApplicationKind, Simulator, SimulatorSettings};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::{Digest as _, Sha512};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Now, as a header wants it.
pub fn date() -> String {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    jiff::fmt::rfc2822::to_string(&now).expect("a date")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The `Authorization` of a version 5 request; `parameters` is the sorted and encoded line.
pub fn authorization(
    keys: &Application,
    date: &str,
    method: &str,
    host: &str,
    path: &str,
    parameters: &str,
    body: &str,
) -> String {
    let digest = |bytes: &[u8]| hex(&Sha512::digest(bytes));
    let text = [date, method, host, path, parameters, &digest(body.as_bytes()), &digest(b"")].join("\n");
    let mac = Hmac::<Sha512>::new_from_slice(keys.skey.as_bytes()).expect("any length");
    let signature = hex(&mac.chain_update(text.as_bytes()).finalize().into_bytes());
    format!("Basic {}", STANDARD.encode(format!("{}:{signature}", keys.ikey)))
}

/// An answer taken apart.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Duo's code, 200 for success.
    pub fn code(&self) -> u64 {
        self.json()["code"].as_u64().unwrap_or(200)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

/// Sends bytes and reads until the end of the connection.
pub async fn raw(address: SocketAddr, request: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("an answer");
    let text = String::from_utf8(bytes).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head in {text:?}"));
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status");
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// A running simulator and calls to it.
pub struct Duo {
    pub simulator: Simulator,
}

impl Duo {
    pub async fn start() -> Self {
        Self::with(SimulatorSettings { users: 40, ..SimulatorSettings::default() }).await
    }

    pub async fn with(settings: SimulatorSettings) -> Self {
        Self { simulator: Simulator::start(settings).await.expect("a simulator") }
    }

    pub fn keys(&self, kind: ApplicationKind) -> Application {
        self.simulator.applications().into_iter().find(|application| application.kind == kind).expect("keys")
    }

    /// A signed GET whose parameters are given as the canonical line.
    pub async fn get(&self, kind: ApplicationKind, path: &str, line: &str) -> Answer {
        let (keys, date) = (self.keys(kind), date());
        let signed = authorization(&keys, &date, "GET", "localhost", path, line, "");
        let request = format!(
            "GET {path}?{line} HTTP/1.1\r\nHost: localhost:1\r\nDate: {date}\r\nAuthorization: {signed}\r\n\
             Connection: close\r\n\r\n"
        );
        raw(self.simulator.http_addr(), &request).await
    }

    /// A signed POST with a JSON body.
    pub async fn post(&self, kind: ApplicationKind, path: &str, body: &Value) -> Answer {
        let (keys, date, body) = (self.keys(kind), date(), body.to_string());
        let signed = authorization(&keys, &date, "POST", "localhost", path, "", &body);
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Date: x\r\nDate: {date}\r\nAuthorization: {signed}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        raw(self.simulator.http_addr(), &request).await
    }

    pub async fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let length = body.len();
        let request = format!(
            "{method} /_control/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        );
        let answer = raw(self.simulator.http_addr(), &request).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }
}
