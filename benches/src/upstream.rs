//! The Duo that both servers call: TLS, fixed answers, checked signatures.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HOST};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::sign::Keys;

const PONG: &[u8] = br#"{"response":{"time":1357020061},"stat":"OK"}"#;
const SUMMARY: &[u8] = br#"{"response":{"user_count":10,"admin_count":1,"integration_count":1},"stat":"OK"}"#;
const NO_LOG: &[u8] = br#"{"response":{"authlogs":[],"metadata":{"next_offset":null,"total_objects":0}},"stat":"OK"}"#;
const REFUSAL: &[u8] = br#"{"code":40103,"message":"Invalid signature in request credentials","stat":"FAIL"}"#;

/// How many of Duo's names the floor knows.
pub const HOSTS: usize = 1;

/// One of Duo's names.
pub fn host(number: usize) -> String {
    format!("api-bench{number}.duosecurity.com")
}

/// A running upstream; it ends with the process.
pub struct Upstream {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its certificate.
    pub pem: String,
    answers: Arc<Answers>,
}

#[derive(Default)]
struct Answers {
    connections: AtomicU64,
    requests: AtomicU64,
    delay_ms: AtomicU64,
    refused: AtomicU64,
}

/// What an upstream has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections that were made.
    pub connections: u64,
    /// Requests that came.
    pub requests: u64,
    /// Requests that were signed wrongly, or asked for something else.
    pub refused: u64,
}

impl Upstream {
    /// Begins to listen.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (pem, acceptor) = certificate()?;
        let answers = Arc::new(Answers::default());
        tokio::spawn(accept(listener, acceptor, Arc::clone(&answers)));
        Ok(Self { address, pem, answers })
    }

    /// How long each answer is waited for from now on.
    pub fn delay(&self, delay: Duration) {
        let ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.answers.delay_ms.store(ms, Ordering::Relaxed);
    }

    /// What was counted so far.
    pub fn counts(&self) -> Counts {
        Counts {
            connections: self.answers.connections.load(Ordering::Relaxed),
            requests: self.answers.requests.load(Ordering::Relaxed),
            refused: self.answers.refused.load(Ordering::Relaxed),
        }
    }
}

/// What a client trusts: the public authorities, as in production, and this certificate.
pub fn trust(pem: &[u8]) -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    roots.add(CertificateDer::from_pem_slice(pem)?)?;
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    Ok(builder.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth())
}

fn certificate() -> anyhow::Result<(String, TlsAcceptor)> {
    let made = rcgen::generate_simple_self_signed(vec!["*.duosecurity.com".to_owned()])?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(anyhow::Error::msg)?;
    let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?.with_no_client_auth();
    let mut config = builder.with_single_cert(vec![made.cert.der().clone()], key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((made.cert.pem(), TlsAcceptor::from(Arc::new(config))))
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, answers: Arc<Answers>) {
    while let Ok((stream, _)) = listener.accept().await {
        answers.connections.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(serve(stream, acceptor.clone(), Arc::clone(&answers)));
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, answers: Arc<Answers>) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let stream = acceptor.accept(stream).await?;
    let service = service_fn(move |request| answer(Arc::clone(&answers), request));
    http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.context("a connection broke")
}

async fn answer(answers: Arc<Answers>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    answers.requests.fetch_add(1, Ordering::Relaxed);
    let delay = answers.delay_ms.load(Ordering::Relaxed);
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let signed = || is_signed(request.headers(), path, query).unwrap_or(false);
    let body = match path {
        "/auth/v2/ping" => Some(Bytes::from_static(PONG)),
        "/auth/v2/check" if signed() => Some(Bytes::from_static(PONG)),
        "/admin/v1/users" if signed() => Some(page(limit(query))),
        // What the check of a new credential reads besides.
        "/admin/v1/info/summary" if signed() => Some(Bytes::from_static(SUMMARY)),
        "/admin/v1/admins" if signed() => Some(Bytes::from_static(br#"{"response":[],"stat":"OK"}"#)),
        "/admin/v1/settings" if signed() => Some(Bytes::from_static(br#"{"response":{},"stat":"OK"}"#)),
        "/admin/v2/logs/authentication" if signed() => Some(Bytes::from_static(NO_LOG)),
        _ => None,
    };
    let (status, body) = if let Some(body) = body {
        (StatusCode::OK, body)
    } else {
        answers.refused.fetch_add(1, Ordering::Relaxed);
        (StatusCode::UNAUTHORIZED, Bytes::from_static(REFUSAL))
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Whether the keys whose number the integration key says have signed this GET. The query comes sorted and plain.
fn is_signed(headers: &HeaderMap, path: &str, query: &str) -> Option<bool> {
    use base64::Engine;
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let given = text(AUTHORIZATION)?;
    let pair = base64::engine::general_purpose::STANDARD.decode(given.strip_prefix("Basic ")?).ok()?;
    let number = std::str::from_utf8(&pair).ok()?.strip_prefix("DI")?.split(':').next()?.parse().ok()?;
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    let keys = Keys::numbered(number, text(HOST)?.to_owned());
    Some(keys.authorization(text(DATE)?, path, &pairs.join("&")) == given)
}

fn limit(query: &str) -> usize {
    query.split('&').find_map(|pair| pair.strip_prefix("limit=")?.parse().ok()).unwrap_or(100)
}

/// The page that is asked for most is made once.
fn page(count: usize) -> Bytes {
    static TEN: LazyLock<Bytes> = LazyLock::new(|| users(10).into());
    if count == 10 { TEN.clone() } else { users(count).into() }
}

/// A page of users, about 290 bytes each.
fn users(count: usize) -> String {
    let user = |n: usize| {
        format!(
            r#"{{"alias1":"joe.smith{n}","created":1489612729,"email":"user{n:05}@example.com","groups":[{{"group_id":"DG{n:018}","name":"staff"}}],"is_enrolled":true,"last_login":1343921403,"realname":"Joe Smith {n}","status":"active","user_id":"DU{n:018}","username":"user{n:05}"}}"#
        )
    };
    let users: Vec<String> = (0..count).map(user).collect();
    let metadata = format!(r#"{{"next_offset":{count},"prev_offset":0,"total_objects":{}}}"#, count * 10);
    format!(r#"{{"metadata":{metadata},"response":[{}],"stat":"OK"}}"#, users.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_counts_only_for_what_was_signed() {
        let keys = Keys::numbered(3, host(3));
        let date = "Tue, 21 Aug 2012 17:29:18 -0000";
        let mut headers = HeaderMap::new();
        headers.insert(DATE, HeaderValue::from_static(date));
        headers.insert(HOST, HeaderValue::from_str(&keys.host).unwrap());
        let signed = keys.authorization(date, "/admin/v1/users", "limit=10&offset=0");
        headers.insert(AUTHORIZATION, HeaderValue::from_str(&signed).unwrap());
        assert_eq!(is_signed(&headers, "/admin/v1/users", "offset=0&limit=10"), Some(true));
        assert_eq!(is_signed(&headers, "/admin/v1/users", "offset=1&limit=10"), Some(false));
        headers.remove(AUTHORIZATION);
        assert_eq!(is_signed(&headers, "/admin/v1/users", "offset=0&limit=10"), None);
    }

    #[test]
    fn a_page_has_the_size_that_the_goals_speak_of() {
        let page: serde_json::Value = serde_json::from_str(&users(10)).unwrap();
        assert_eq!(page["response"].as_array().map(Vec::len), Some(10));
        assert!((2_300..3_200).contains(&users(10).len()), "{}", users(10).len());
    }
}
