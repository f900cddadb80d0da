//! A local HTTPS server that answers by a script and remembers what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What happens to one request.
#[derive(Clone)]
pub(crate) enum Step {
    /// Raw bytes of a reply, then the connection goes on.
    Reply(Vec<u8>),
    /// Raw bytes of a reply, then the connection is closed.
    Cut(Vec<u8>),
    /// Nothing for a while.
    Silence(Duration),
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

pub(crate) struct Listener {
    pub(crate) addr: SocketAddr,
    pub(crate) ca_pem: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A reply with a length; each header ends with a line break.
pub(crate) fn reply(status: u16, headers: &str, body: &str) -> Step {
    Step::Reply(format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
}

/// A JSON reply.
pub(crate) fn json(status: u16, body: &str) -> Step {
    reply(status, "Content-Type: application/json\r\n", body)
}

/// A success with these contents.
pub(crate) fn ok(response: &str) -> Step {
    json(200, &format!(r#"{{"stat":"OK","response":{response}}}"#))
}

/// A refusal.
pub(crate) fn fail(code: u32, message: &str) -> Step {
    json(u16::try_from(code / 100).unwrap(), &format!(r#"{{"stat":"FAIL","code":{code},"message":"{message}"}}"#))
}

impl Listener {
    /// Answers with the steps in order, over however many connections; after the last every connection is closed.
    pub(crate) async fn start(script: impl IntoIterator<Item = Step>) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["*.duosecurity.com".to_owned()]).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (addr, ca_pem) = (listener.local_addr().unwrap(), made.cert.pem());
        let script = Arc::new(Mutex::new(script.into_iter().collect::<VecDeque<_>>()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(acceptor.clone(), stream, Arc::clone(&script), Arc::clone(&record)));
            }
        });
        Self { addr, ca_pem, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    script: Arc<Mutex<VecDeque<Step>>>,
    record: Arc<Mutex<Vec<Seen>>>,
) {
    // A client that does not trust the certificate goes away here.
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    while let Some(seen) = read_request(&mut stream).await {
        record.lock().unwrap().push(seen);
        let step = script.lock().unwrap().pop_front();
        match step {
            Some(Step::Reply(bytes)) => stream.write_all(&bytes).await.unwrap(),
            Some(Step::Cut(bytes)) => {
                stream.write_all(&bytes).await.unwrap();
                stream.shutdown().await.unwrap();
                return;
            }
            Some(Step::Silence(time)) => tokio::time::sleep(time).await,
            None => return,
        }
    }
}

async fn read_request(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<Seen> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ').map(str::to_owned);
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut body = vec![0; headers.get("content-length").map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    Some(Seen { method: words.next()?, target: words.next()?, headers, body: String::from_utf8(body).unwrap() })
}
