//! A server of client documents, over TLS, that does as it is told.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use duo_mcp_gateway::config::ConnectOverride;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// The name that the gateway is told to find it under.
pub(super) const NAME: &str = "client.example.com";

/// What it answers at a path.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: &'static str,
    pub(super) headers: String,
    pub(super) body: String,
    /// Between each two bytes of the body.
    pub(super) drip: Option<Duration>,
}

impl Answer {
    pub(super) fn json(body: &impl ToString) -> Self {
        let headers = "content-type: application/json\r\n".to_owned();
        Self { status: "200 OK", headers, body: body.to_string(), drip: None }
    }
}

/// The server.
pub(super) struct DocumentServer {
    pub(super) address: SocketAddr,
    pub(super) ca_file: PathBuf,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    asked: Arc<AtomicUsize>,
    /// What forms were sent: the path, the head and the body of each.
    forms: Arc<Mutex<Vec<Form>>>,
}

/// A form that was sent.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) path: String,
    pub(super) head: String,
    pub(super) body: String,
}

impl DocumentServer {
    /// A server whose authority is written into this folder.
    pub(super) async fn start(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![NAME.to_owned()]).unwrap().self_signed(&key).unwrap();
        let ca_file = folder.join(format!("documents-{}-{}.pem", std::process::id(), address.port()));
        std::fs::write(&ca_file, certificate.pem()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], private).unwrap();
        let (answers, asked) = (Arc::new(Mutex::new(HashMap::new())), Arc::new(AtomicUsize::new(0)));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let forms = Arc::new(Mutex::new(Vec::new()));
        let (known, count, sent) = (Arc::clone(&answers), Arc::clone(&asked), Arc::clone(&forms));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, known, count) = (acceptor.clone(), Arc::clone(&known), Arc::clone(&count));
                let sent = Arc::clone(&sent);
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut head = Vec::new();
                    let mut byte = [0; 1];
                    while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).await.is_ok() {
                        head.push(byte[0]);
                    }
                    count.fetch_add(1, Ordering::SeqCst);
                    let head = String::from_utf8_lossy(&head).into_owned();
                    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    if head.starts_with("POST ") {
                        let lower = head.to_ascii_lowercase();
                        let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
                        let mut body = vec![0; length.and_then(|length| length.parse().ok()).unwrap_or(0)];
                        let _ = stream.read_exact(&mut body).await;
                        let body = String::from_utf8_lossy(&body).into_owned();
                        sent.lock().unwrap().push(Form { path: path.clone(), head, body });
                    }
                    let missing = Answer { status: "404 Not Found", ..Answer::json(&"{}") };
                    let answer = known.lock().unwrap().get(&path).cloned().unwrap_or(missing);
                    let Answer { status, headers, body, drip } = answer;
                    let length = body.len();
                    let head =
                        format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
                    let _ = stream.write_all(head.as_bytes()).await;
                    for chunk in body.as_bytes().chunks(if drip.is_some() { 1 } else { length.max(1) }) {
                        if stream.write_all(chunk).await.is_err() || stream.flush().await.is_err() {
                            return;
                        }
                        if let Some(pause) = drip {
                            tokio::time::sleep(pause).await;
                        }
                    }
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { address, ca_file, answers, asked, forms }
    }

    /// What it says at this path from now on.
    pub(super) fn say(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// How often it was asked.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// The forms that were sent to this path.
    pub(super) fn forms(&self, path: &str) -> Vec<Form> {
        self.forms.lock().unwrap().iter().filter(|form| form.path == path).cloned().collect()
    }

    /// How the gateway finds it.
    pub(super) fn connect_override(&self) -> ConnectOverride {
        ConnectOverride { host: NAME.into(), address: self.address, ca_file: Some(self.ca_file.clone()) }
    }
}
