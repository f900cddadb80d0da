//! A running gateway on free ports, with a simulated Duo behind it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use duo_mcp_gateway::config::{ConnectOverride, Millis, Seconds, Settings};
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::server::{Listeners, Server};
use duo_simulator::{Application, ApplicationKind, Simulator, SimulatorSettings};
use serde_json::{Value, json};

use super::wire::{Ask, Reply};

/// A running gateway.
pub(super) struct House {
    pub(super) admin: SocketAddr,
    pub(super) public: SocketAddr,
    pub(super) operator_key: String,
    server: Option<Server>,
    simulator: Simulator,
    folder: PathBuf,
}

/// A folder of the test's own.
pub(super) fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("gateway-admin-{}", Random::system().base62::<12>().unwrap()))
}

/// Settings for free ports on SQLite in this folder.
pub(super) fn settings(folder: &std::path::Path) -> Settings {
    let mut settings = Settings { data_dir: folder.to_owned(), ..Settings::default() };
    settings.server.public.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    settings.server.admin.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    settings.server.shutdown_drain_seconds = Seconds(3);
    settings.operations.worker_interval_ms = Millis(50);
    settings
}

impl House {
    pub(super) async fn start() -> Self {
        let folder = folder();
        std::fs::create_dir_all(&folder).unwrap();
        let simulator =
            Simulator::start(SimulatorSettings { users: 30, ..SimulatorSettings::default() }).await.unwrap();
        let ca_file = folder.join("ca.pem");
        std::fs::write(&ca_file, simulator.ca_pem()).unwrap();
        let mut settings = settings(&folder);
        settings.net.connect_override =
            vec![ConnectOverride { host: "*".into(), address: simulator.https_addr(), ca_file: Some(ca_file) }];
        let listeners = Listeners::bind(&mut settings, ["public", "admin", "keys"]).await.unwrap();
        let (public, admin) = (settings.server.public.listen, settings.server.admin.listen);
        let mut server = Server::start(settings, listeners);
        let parts = server.ready().await.unwrap();
        let (token, _) = parts.operators.bootstrap("Olga").await.unwrap().expect("the first operator");
        let operator_key = token.expose().to_owned();
        let house = Self { admin, public, operator_key, server: Some(server), simulator, folder };
        house.until_current().await;
        house
    }

    /// Ends it in order.
    pub(super) async fn stop(mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }

    /// Keys are checked from the first poll on.
    async fn until_current(&self) {
        for _ in 0..200 {
            if self.ask("GET", "/readyz").send().await.status == 200 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the gateway did not become ready");
    }

    /// A request to the admin listener, without a key.
    pub(super) fn ask(&self, method: &str, path: &str) -> Ask {
        Ask::new(self.admin, method, path)
    }

    /// A request to the REST API with the operator's key.
    pub(super) async fn rest(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        let ask = self.ask(method, &format!("/admin/v1{path}")).bearer(&self.operator_key);
        match body {
            Some(body) => ask.json(&body).send().await,
            None => ask.send().await,
        }
    }

    /// The simulator's application of a kind.
    pub(super) fn application(&self, kind: ApplicationKind) -> Application {
        self.simulator.applications().into_iter().find(|application| application.kind == kind).unwrap()
    }

    /// A tenant `acme` whose connection `main` has an Admin credential.
    pub(super) async fn tenant(&self) {
        assert_eq!(self.rest("POST", "/tenants", Some(json!({"slug": "acme", "name": "Acme"}))).await.status, 201);
        let duo = self.application(ApplicationKind::Admin);
        let put = self.rest("PUT", "/tenants/acme/connections/main", Some(json!({"host": duo.host}))).await;
        assert_eq!(put.status, 200, "{put:?}");
        let keys = json!({"ikey": duo.ikey, "skey": duo.skey});
        let put = self.rest("PUT", "/tenants/acme/connections/main/credentials/admin", Some(keys)).await;
        assert_eq!(put.status, 200, "{put:?}");
    }

    /// An API key of that tenant with every scope.
    pub(super) async fn api_key(&self) -> String {
        let scopes = ["duo:read", "duo:logs", "duo:auth", "duo:write", "duo:destroy", "duo:accounts"];
        let new = json!({"name": "test", "person": "Petra", "scopes": scopes});
        let made = self.rest("POST", "/tenants/acme/keys", Some(new)).await;
        assert_eq!(made.status, 201, "{made:?}");
        made.json()["api_key"].as_str().unwrap().to_owned()
    }

    /// Calls a tool as a client that cannot be asked; the answer's text.
    pub(super) async fn call(&self, key: &str, tool: &'static str, arguments: Value) -> String {
        call(self.public, key.to_owned(), tool, arguments).await
    }

    /// Lets the simulated Duo take its time with the next answer.
    pub(super) async fn delay_duo(&self, ms: u64) {
        let fault = Ask::new(self.simulator.http_addr(), "POST", "/_control/faults");
        let fault = fault.json(&json!({"kind": "delay", "delay_ms": ms, "path": "/admin/v1/users"})).send().await;
        assert_eq!(fault.status, 200, "{fault:?}");
    }

    /// The id of an operation that waits: sending two people to the trash.
    pub(super) async fn waiting(&self, key: &str) -> String {
        let answer = self.call(key, "trash_users", json!({"users": ["jsmith", "lking"]})).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["code"], "approval_pending", "{answer}");
        answer["operation_id"].as_str().unwrap().to_owned()
    }

    /// How often the simulated Duo was asked to trash somebody.
    pub(super) async fn times_trashed(&self) -> usize {
        let record = Ask::new(self.simulator.http_addr(), "GET", "/_control/record").send().await;
        assert!(record.body.contains("/admin/v1/users"), "the record holds what was read: {record:?}");
        record.body.matches("/admin/v1/users/bulk_send_to_trash").count()
    }
}

/// Calls a tool as a client that cannot be asked; the answer's text.
pub(super) async fn call(public: SocketAddr, key: String, tool: &'static str, arguments: Value) -> String {
    let request =
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}});
    let ask = Ask::new(public, "POST", "/mcp").bearer(&key).header("accept", "application/json, text/event-stream");
    let reply = ask.header("mcp-protocol-version", "2025-06-18").json(&request).send().await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let text = reply.json()["result"]["content"][0]["text"].as_str().map(str::to_owned);
    text.unwrap_or_else(|| panic!("{reply:?}"))
}
