//! A gateway as it is in production, with tenants registered by its REST API.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Uri};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::database::Database;
use crate::load::{Connection, Target};
use crate::process::{Server, said};
use crate::sign::Keys;
use crate::upstream::{Upstream, host};

/// How long a gateway may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many tenants are registered at a time.
const AT_A_TIME: usize = 4;

/// What a gateway is started with.
#[derive(Clone, Debug)]
pub struct Site {
    program: PathBuf,
    folder: PathBuf,
    admin: SocketAddr,
    public: SocketAddr,
    operator: String,
    hosts: usize,
}

/// A running gateway.
pub struct Gateway {
    /// The process.
    pub server: Server,
    /// What it was started with.
    pub site: Site,
    /// Where its callers go, and what they show.
    pub target: Target,
}

impl Site {
    /// A new installation in a folder of its own; on SQLite unless a database is given.
    pub async fn new(
        program: PathBuf,
        folder: PathBuf,
        upstream: &Upstream,
        database: Option<&Database>,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("upstream.pem"), &upstream.pem)?;
        let (public, admin) = (free_port()?, free_port()?);
        std::fs::write(folder.join("gateway.toml"), settings(&folder, public, admin, upstream, database)?)?;
        let mut site = Self { program, folder, admin, public, operator: String::new(), hosts: usize::MAX };
        if database.is_some() {
            Database::prepare(&site.folder)?;
            site.said(&["migrate"]).await?;
        }
        let made: Value = serde_json::from_slice(&site.said(&["admin", "bootstrap", "--json"]).await?)?;
        let key = made["operator_key"].as_str().with_context(|| format!("no operator key in {made}"))?;
        key.clone_into(&mut site.operator);
        Ok(site)
    }

    /// The same installation, served by another program.
    #[must_use]
    pub fn by(self, program: PathBuf) -> Self {
        Self { program, ..self }
    }

    /// The same, whose tenants share this many of Duo's names; otherwise each has its own.
    #[must_use]
    pub fn with_hosts(self, hosts: usize) -> Self {
        Self { hosts, ..self }
    }

    /// Starts it. `keys` are those that its callers show.
    pub async fn start(self, keys: Vec<String>) -> anyhow::Result<Gateway> {
        let config = self.config()?;
        let arguments = ["serve", "--config", &config];
        let server = Server::told(&self.program, &arguments, &self.folder.join("log"), self.public)?;
        let begin = Instant::now();
        while !self.is_ready().await {
            ensure!(begin.elapsed() < PATIENCE, "the gateway is not ready: see {}", self.folder.display());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(Gateway { server, target: Target { address: self.public, keys }, site: self })
    }

    fn config(&self) -> anyhow::Result<String> {
        Ok(self.folder.join("gateway.toml").to_str().context("an odd folder")?.to_owned())
    }

    async fn said(&self, command: &[&str]) -> anyhow::Result<Vec<u8>> {
        said(&self.program, &[command, &["--config", &self.config()?]].concat()).await
    }

    async fn is_ready(&self) -> bool {
        let asked = async {
            let mut connection = Connection::open(self.public).await?;
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_str(&self.public.to_string())?);
            connection.send(Method::GET, Uri::from_static("/readyz"), headers, Bytes::new()).await
        };
        asked.await.is_ok_and(|(status, _)| status.is_success())
    }

    /// Registers the tenant with this number by the REST API, with two verified credentials; an API key of it.
    async fn register(&self, connection: &mut Connection, number: usize) -> anyhow::Result<String> {
        let tenant = format!("/admin/v1/tenants/bench{number}");
        let keys = Keys::numbered(number, host(number % self.hosts));
        let credential = json!({"ikey": keys.ikey, "skey": keys.skey});
        let own = json!({"name": "bench", "person": "Bench", "scopes": ["duo:read", "duo:logs", "duo:auth"]});
        let slug = json!({"slug": format!("bench{number}")});
        self.rest(connection, Method::POST, "/admin/v1/tenants", &slug).await?;
        let main = format!("{tenant}/connections/main");
        self.rest(connection, Method::PUT, &main, &json!({"host": keys.host})).await?;
        for api in ["auth", "admin"] {
            let path = format!("{main}/credentials/{api}");
            let stored = self.rest(connection, Method::PUT, &path, &credential).await?;
            ensure!(stored["status"] == "verified", "the credential is not verified: {stored}");
        }
        let made = self.rest(connection, Method::POST, &format!("{tenant}/keys"), &own).await?;
        Ok(made["api_key"].as_str().with_context(|| format!("no API key in {made}"))?.to_owned())
    }

    async fn rest(
        &self,
        connection: &mut Connection,
        method: Method,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(&self.admin.to_string())?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {}", self.operator))?);
        let sent = connection.send(method, path.parse()?, headers, body.to_string().into());
        let (status, answer) = sent.await?;
        let text = String::from_utf8_lossy(&answer);
        ensure!(status.is_success(), "{path} answered {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }
}

impl Gateway {
    /// Registers this many tenants; their keys are shown by callers from now on.
    pub async fn register(&mut self, count: usize) -> anyhow::Result<()> {
        let next = Arc::new(AtomicUsize::new(self.target.keys.len()));
        let end = self.target.keys.len() + count;
        let hands: Vec<_> = (0..AT_A_TIME)
            .map(|_| {
                let (site, next) = (self.site.clone(), Arc::clone(&next));
                tokio::spawn(async move {
                    let mut connection = Connection::open(site.admin).await?;
                    let mut keys = Vec::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= end {
                            return anyhow::Ok(keys);
                        }
                        keys.push(site.register(&mut connection, number).await?);
                    }
                })
            })
            .collect();
        for hand in hands {
            self.target.keys.extend(hand.await??);
        }
        Ok(())
    }
}

/// Nobody else on this machine should take it before the gateway does.
fn free_port() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// The defaults, but for addresses and one limit: a bench asks more of one key than a client may.
fn settings(
    folder: &Path,
    public: SocketAddr,
    admin: SocketAddr,
    upstream: &Upstream,
    database: Option<&Database>,
) -> anyhow::Result<String> {
    let text = |path: PathBuf| path.to_str().map(str::to_owned).context("an odd folder");
    let (data, ca) = (text(folder.join("data"))?, text(folder.join("upstream.pem"))?);
    let to = upstream.address;
    let database = database.map(|database| database.settings(folder)).unwrap_or_default();
    Ok(format!(
        "data_dir = {data:?}\n\
         [server.public]\nlisten = \"{public}\"\n[server.admin]\nlisten = \"{admin}\"\n\
         [server.limits]\nkey_rate_per_minute = 1000000\n\
         [net]\nconnect_override = [{{ host = \"*\", address = \"{to}\", ca_file = {ca:?} }}]\n{database}"
    ))
}
