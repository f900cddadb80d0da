//! The listeners, who may be in front of them, and the limits on a request.

use std::net::{Ipv4Addr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cidr::Cidr;
use super::units::Seconds;

/// A list of one, for the examples below.
fn one(text: &str) -> [&str; 1] {
    [text]
}

/// Listeners and request limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// The listener that AI clients reach.
    pub public: PublicListener,
    /// The listener that takes API keys alone, for clients that drop a configured key where they find a sign-in.
    pub keys: KeysListener,
    /// The listener for operators: the REST API and the approval page.
    pub admin: AdminListener,
    /// What a request may cost.
    pub limits: Limits,
    /// Addresses or networks of the reverse proxies in front of the gateway. Only from these is X-Forwarded-For
    /// believed; empty means that the peer's own address counts.
    #[schemars(with = "Vec<String>", example = one("10.0.0.0/8"),
        extend("x-expect" = "a list of IP addresses or networks, such as [\"10.0.0.0/8\"]"))]
    pub trusted_proxies: Vec<Cidr>,
    /// How long `/readyz` says 503 before no more connections are taken, when SIGTERM asks the process to stop, in seconds.
    /// Give a load balancer the time to notice. Ctrl-C (SIGINT) does without.
    #[schemars(range(min = 0, max = 600))]
    pub shutdown_notice_seconds: Seconds,
    /// How long a shutdown waits for running requests, in seconds.
    #[schemars(range(min = 0, max = 600))]
    pub shutdown_drain_seconds: Seconds,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            public: PublicListener::default(),
            keys: KeysListener::default(),
            admin: AdminListener::default(),
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
            shutdown_notice_seconds: Seconds(5),
            shutdown_drain_seconds: Seconds(30),
        }
    }
}

/// The listener that AI clients reach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PublicListener {
    /// Address and port to listen on. A loopback address is reached from this machine only.
    #[schemars(extend("x-expect" = "an address and a port, such as 127.0.0.1:8080"))]
    pub listen: SocketAddr,
    /// The origin that clients type, without a path. Left out, it is `http://` and the listening address. Must be https
    /// unless its host is a loopback name.
    #[schemars(example = "https://mcp.example.com")]
    pub url: Option<String>,
    /// Host names accepted in the Host header, each with or without a port (without one, any port matches). The host of
    /// `url` always counts, and the loopback names do while `listen` is a loopback address.
    #[schemars(example = one("mcp.example.com"))]
    pub allowed_hosts: Vec<String>,
    /// Origins accepted in the Origin header, besides the origin of `url`; while that is a loopback name, every loopback
    /// origin is accepted too. A request without an Origin header is not refused by this.
    #[schemars(example = one("https://inspector.example.com"))]
    pub allowed_origins: Vec<String>,
}

impl Default for PublicListener {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            url: None,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
        }
    }
}

impl PublicListener {
    /// The origin that clients type: `url` if it is set, else the listening address. Has no slash at its end.
    pub fn origin(&self) -> String {
        match &self.url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }

    /// Whether clients reach the gateway over TLS, so that cookies may be marked Secure.
    pub fn is_https(&self) -> bool {
        self.origin().starts_with("https://")
    }
}

/// The listener that takes API keys alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KeysListener {
    /// Address and port to listen on. Left out, there is no such listener. It has to be reached by another host name or
    /// port than the public one: clients look for a sign-in at the origin's root.
    #[schemars(extend("x-expect" = "an address and a port, such as 127.0.0.1:8081"), example = "127.0.0.1:8081")]
    pub listen: Option<SocketAddr>,
    /// The origin that clients type, without a path. Left out, it is `http://` and the listening address. Must be https
    /// unless its host is a loopback name.
    #[schemars(example = "https://mcp-keys.example.com")]
    pub url: Option<String>,
    /// Host names accepted in the Host header, each with or without a port. The host of `url` always counts, and the
    /// loopback names do while `listen` is a loopback address.
    #[schemars(example = one("mcp-keys.example.com"))]
    pub allowed_hosts: Vec<String>,
}

impl KeysListener {
    /// The origin that clients type, without a slash at its end; `None` without such a listener.
    pub fn origin(&self) -> Option<String> {
        let listen = self.listen?;
        Some(match &self.url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{listen}"),
        })
    }
}

/// The listener for operators.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AdminListener {
    /// Address and port to listen on. Keep it on a loopback or private address.
    #[schemars(extend("x-expect" = "an address and a port, such as 127.0.0.1:8080"))]
    pub listen: SocketAddr,
    /// The origin that operators type, without a path: answers name it as the place where a change is approved. Left
    /// out, it is `http://` and the listening address. Must be https unless its host is a loopback name.
    #[schemars(example = "https://admin.internal.example.com")]
    pub url: Option<String>,
    /// Host names accepted in the Host header, each with or without a port. The host of `url` always counts, and the
    /// loopback names do while `listen` is a loopback address.
    #[schemars(example = one("admin.internal.example.com"))]
    pub allowed_hosts: Vec<String>,
}

impl Default for AdminListener {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8082)), url: None, allowed_hosts: Vec::new() }
    }
}

impl AdminListener {
    /// The origin that operators type: `url` if it is set, else the listening address. Has no slash at its end.
    pub fn origin(&self) -> String {
        match &self.url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }

    /// Whether operators reach the pages over TLS, so that cookies are marked Secure.
    pub fn is_https(&self) -> bool {
        self.origin().starts_with("https://")
    }
}

/// What a request may cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Largest request body, in bytes.
    #[schemars(range(min = 1_024, max = 16_777_216))]
    pub body_bytes: usize,
    /// Deepest nesting of a JSON body, in levels.
    #[schemars(range(min = 8, max = 120))]
    pub json_depth: usize,
    /// Largest request head (request line and headers together), in bytes.
    #[schemars(range(min = 8_192, max = 1_048_576))]
    pub header_bytes: usize,
    /// How long a client may take to send the request head, in seconds.
    #[schemars(range(min = 1, max = 300))]
    pub header_timeout_seconds: Seconds,
    /// How long a client may take to send the request body, in seconds.
    #[schemars(range(min = 1, max = 300))]
    pub body_timeout_seconds: Seconds,
    /// Calls of one tenant that run at the same time on one replica; more are answered with 429.
    #[schemars(range(min = 1, max = 1_000))]
    pub tenant_concurrency: usize,
    /// Requests that one API key may make per minute on one replica; more are answered with 429.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub key_rate_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            json_depth: 64,
            header_bytes: 16 * 1024,
            header_timeout_seconds: Seconds(10),
            body_timeout_seconds: Seconds(15),
            tenant_concurrency: 8,
            key_rate_per_minute: 600,
        }
    }
}
