//! The whole house: a simulated Duo, PostgreSQL, two gateways, HAProxy.

use reqwest::Method;
use serde_json::Value;

use super::proxy::{ADMIN, PUBLIC, Proxy};
use crate::faults::bench::Bench;
use crate::faults::replica::{Replica, free_port};
use crate::support::client::{Client, Era, Reply, http};

/// How many calls may get 503 each time that a gateway could not ask its database: 16 clients, each of which calls ten
/// times a second, for two seconds and a half.
const EXCUSED: usize = 400;

/// Whether a gateway could not ask its database whom a key belongs to; any other 503 is a fault.
pub(super) fn is_starved(reply: &Reply) -> bool {
    reply.status == 503 && reply.json()["code"] == "cannot_check"
}

/// Two gateways behind HAProxy.
pub(super) struct Stand {
    pub(super) bench: Bench,
    pub(super) replicas: [Replica; 2],
    pub(super) proxy: Proxy,
    direct: reqwest::Client,
}

impl Stand {
    /// All of it, running; each of `besides` is a setting that both gateways get.
    pub(super) async fn start(besides: &[&str]) -> Self {
        let bench = Bench::start().await;
        let operators = free_port();
        let usual = [
            format!("server.public.url=https://{PUBLIC}"),
            format!("server.admin.url=https://{ADMIN}:{}", operators.port()),
            "server.trusted_proxies=[\"127.0.0.1\"]".to_owned(),
            "server.shutdown_notice_seconds=5".to_owned(),
            // Longer than the bench's, so that a machine that has much to do is not taken for a Duo that is slow.
            "duo.call_timeout_seconds=10".to_owned(),
            "duo.first_byte_timeout_seconds=10".to_owned(),
            "operations.lease_seconds=12".to_owned(),
        ];
        let settings: Vec<String> = usual.into_iter().chain(besides.iter().map(|&one| one.to_owned())).collect();
        let (a, b) = tokio::join!(bench.replica_with("a", &settings), bench.replica_with("b", &settings));
        let proxy = Proxy::start(&bench.folder, operators, [&a, &b].map(|one| [one.public, one.admin])).await;
        Self { bench, replicas: [a, b], proxy, direct: http() }
    }

    /// A client whose calls go through the proxy, over connections of its own.
    pub(super) fn client(&self, era: Era) -> Client {
        Client { http: self.proxy.http(), url: self.proxy.mcp_url(), key: self.bench.key.clone(), era }
    }

    /// A client of one gateway, past the proxy.
    pub(super) fn client_of(&self, replica: usize, era: Era) -> Client {
        let url = format!("http://{}/mcp", self.replicas[replica].public);
        Client { http: self.direct.clone(), url, key: self.bench.key.clone(), era }
    }

    /// How often the gateways have said so far that they could not ask their database in time.
    pub(super) fn times_late(&self) -> usize {
        self.replicas.iter().map(Replica::times_late).sum()
    }

    /// Fails unless the gateways themselves say why so many calls were answered with 503, and have said it since they had
    /// said it `before` times: a machine that has too much to do does not always let them ask their database within two
    /// seconds.
    pub(super) fn excuse(&self, starved: usize, before: usize) {
        let late = self.times_late() - before;
        let most = late * EXCUSED;
        assert!(starved <= most, "{starved} calls got 503; the database was late {late} times, which excuses {most}");
    }

    /// An operator's request to the admin listener of one gateway.
    pub(super) async fn operate(&self, replica: usize, method: Method, path: &str, body: Option<Value>) -> Reply {
        let url = format!("http://{}/admin/v1{path}", self.replicas[replica].admin);
        let request = self.direct.request(method, url).bearer_auth(&self.bench.operator);
        Reply::of(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }
}
