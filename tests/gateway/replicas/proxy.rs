//! HAProxy as a process, with the configuration that operators are given.

use std::fs::{self, OpenOptions};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use super::access::Line;
use crate::faults::replica::free_port;
use crate::floors::root;

/// The names that the configuration has certificates for.
pub(super) const PUBLIC: &str = "mcp.example.com";
pub(super) const ADMIN: &str = "admin.internal.example.com";

/// A gateway as the proxy reaches it: its public and its admin address.
pub(super) type Backend = [SocketAddr; 2];

/// What a client has to know: whom to trust, and where the names are.
#[derive(Clone)]
pub(super) struct AddressBook {
    roots: rustls::RootCertStore,
    public: SocketAddr,
    admin: SocketAddr,
}

/// HAProxy in front of two gateways; it ends with the test.
pub(super) struct Proxy {
    public: SocketAddr,
    book: AddressBook,
    log: PathBuf,
    child: Child,
}

impl Proxy {
    /// Starts it on the example configuration, with these gateways in the places of its two.
    ///
    /// `admin` is where it listens for operators: the gateways are told before it starts.
    pub(super) async fn start(folder: &Path, admin: SocketAddr, [a, b]: [Backend; 2]) -> Self {
        let public = free_port();
        let certificates = folder.join("certs");
        fs::create_dir_all(&certificates).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        for name in [PUBLIC, ADMIN] {
            roots.add(certify(name, &certificates.join(format!("{name}.pem")))).unwrap();
        }
        let text = fs::read_to_string(root().join("config/haproxy.example.cfg")).unwrap();
        let text = [
            ("bind :443 ", format!("bind {public} ")),
            ("bind 10.0.0.10:8443 ", format!("bind {admin} ")),
            ("hdr Host admin.internal.example.com:8443\n", format!("hdr Host {ADMIN}:{}\n", admin.port())),
            ("server a 10.0.0.11:8080\n", format!("server a {}\n", a[0])),
            ("server b 10.0.0.12:8080\n", format!("server b {}\n", b[0])),
            ("server a 10.0.0.11:8082\n", format!("server a {}\n", a[1])),
            ("server b 10.0.0.12:8082\n", format!("server b {}\n", b[1])),
            ("crt /etc/haproxy/certs/mcp.", format!("crt {}/mcp.", certificates.display())),
            ("crt /etc/haproxy/certs/admin.", format!("crt {}/admin.", certificates.display())),
        ]
        .into_iter()
        .fold(text, |text, (theirs, ours)| only(&text, theirs, &ours));
        // Only root can become somebody else, and only somebody whom the package made.
        let text = if can_become_haproxy() { text } else { without(&without(&text, "user haproxy"), "group haproxy") };
        let (config, log) = (folder.join("haproxy.cfg"), folder.join("haproxy.log"));
        fs::write(&config, text).unwrap();
        let child = run(&config, &log);
        let mut proxy = Self { public, book: AddressBook { roots, public, admin }, log, child };
        proxy.until_listening().await;
        proxy
    }

    /// A client of its own connections.
    pub(super) fn http(&self) -> reqwest::Client {
        self.book.http()
    }

    /// What a client has to know.
    pub(super) fn address_book(&self) -> AddressBook {
        self.book.clone()
    }

    /// Where AI clients go.
    pub(super) fn mcp_url(&self) -> String {
        format!("https://{PUBLIC}:{}/mcp", self.public.port())
    }

    /// Where operators go.
    pub(super) fn admin_url(&self, path: &str) -> String {
        format!("https://{ADMIN}:{}{path}", self.book.admin.port())
    }

    /// What it wrote so far.
    pub(super) fn log_text(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The requests of AI clients that are over.
    pub(super) fn requests(&self) -> Vec<Line> {
        self.requests_of("mcp")
    }

    /// The requests of operators that are over.
    pub(super) fn operators_requests(&self) -> Vec<Line> {
        self.requests_of("admin")
    }

    fn requests_of(&self, frontend: &str) -> Vec<Line> {
        self.log_text().lines().filter_map(Line::parse).filter(|line| line.frontend == frontend).collect()
    }

    /// Waits until so many requests of AI clients are written down: a line comes when all of the request is over.
    pub(super) async fn until_requests(&self, count: usize) -> Vec<Line> {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            let requests = self.requests();
            if requests.len() >= count {
                return requests;
            }
            let found = requests.len();
            assert!(Instant::now() < end, "{found} of {count} requests are written down: {}", self.log_text());
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until it has said once more than `before` times that a gateway is so: `UP` or `DOWN`.
    pub(super) async fn until_says(&self, server: &str, state: &str, before: usize) {
        let end = Instant::now() + Duration::from_secs(20);
        while self.said(server, state) <= before {
            assert!(Instant::now() < end, "{server} is not {state}: {}", self.log_text());
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// How often it has said that a gateway is so.
    pub(super) fn said(&self, server: &str, state: &str) -> usize {
        let words = format!("Server gateways/{server} is {state}");
        self.log_text().lines().filter(|line| line.contains(&words)).count()
    }

    async fn until_listening(&mut self) {
        let end = Instant::now() + Duration::from_secs(10);
        while tokio::net::TcpStream::connect(self.public).await.is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "HAProxy does not listen: {}", self.log_text());
            sleep(Duration::from_millis(20)).await;
        }
    }
}

impl AddressBook {
    /// A client that keeps its connections.
    pub(super) fn http(&self) -> reqwest::Client {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let tls = tls.with_root_certificates(self.roots.clone()).with_no_client_auth();
        #[expect(clippy::disallowed_methods, reason = "a client of the gateway, not of Duo's")]
        let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy();
        let client = client.redirect(reqwest::redirect::Policy::none());
        let client = client.resolve(PUBLIC, self.public).resolve(ADMIN, self.admin);
        client.timeout(Duration::from_mins(1)).build().unwrap()
    }
}

fn run(config: &Path, log: &Path) -> Child {
    let log = OpenOptions::new().create(true).append(true).open(log).unwrap();
    // Where distributions put it is not on everybody's path.
    let path = format!("{}:/usr/sbin:/usr/local/sbin", environment("PATH"));
    let started = Command::new("haproxy")
        .env("PATH", path)
        .arg("-db")
        .arg("-f")
        .arg(config)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .kill_on_drop(true)
        .spawn();
    started.expect("HAProxy is needed: install the package `haproxy`, or run the tests with `scripts/test`, which does")
}

fn environment(name: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "a test's surroundings are no settings of the gateway")]
    let value = std::env::var(name);
    value.unwrap_or_default()
}

/// A certificate for this name that signs itself; the file has it with its key, as HAProxy wants it.
fn certify(name: &str, file: &Path) -> CertificateDer<'static> {
    let certified = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    fs::write(file, format!("{}{}", certified.signing_key.serialize_pem(), certified.cert.pem())).unwrap();
    certified.cert.der().clone()
}

/// The text with its only `theirs` exchanged.
fn only(text: &str, theirs: &str, ours: &str) -> String {
    assert_eq!(text.matches(theirs).count(), 1, "{theirs:?} in config/haproxy.example.cfg");
    text.replace(theirs, ours)
}

fn without(text: &str, line: &str) -> String {
    let line = format!("    {line}\n");
    only(text, &line, "")
}

fn can_become_haproxy() -> bool {
    let is_root = std::process::Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    is_root && fs::read_to_string("/etc/passwd").is_ok_and(|text| text.lines().any(|line| line.starts_with("haproxy:")))
}
