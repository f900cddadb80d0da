//! Two gateways, one PostgreSQL, one simulated Duo, and what they are asked.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use duo_api::{Api, SignatureVersion};
use duo_mcp_gateway::config::{Sources, load};
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::card::Level;
use duo_mcp_gateway::domain::ids::{KeyId, OperationId, TenantId};
use duo_mcp_gateway::domain::operation::{Operation, StepRow};
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::domain::scope::Scopes;
use duo_mcp_gateway::domain::standing::NewStanding;
use duo_mcp_gateway::server::Parts;
use duo_mcp_gateway::store::Place;
use duo_mcp_gateway::tenants::{Holder, NewApiKey, NewConnection, NewCredential, Verify};
use duo_simulator::{ApplicationKind, Simulator, SimulatorSettings};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::http::{Client, Failed, call, request, told};
use super::replica::Replica;
use crate::support::databases::{Database, fresh_postgres};

/// Changes to this connection's own account and to its children.
const CONNECTION: &str = "main";

/// What a test of faults plays on.
pub(crate) struct Bench {
    pub(crate) parts: Parts,
    pub(crate) tenant: TenantId,
    /// Every scope, no standing approval.
    pub(crate) key: String,
    pub(crate) key_id: KeyId,
    /// Every scope, and a standing approval for making users.
    pub(crate) unattended: String,
    pub(crate) operator: String,
    pub(crate) simulator: Simulator,
    config: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) database: Database,
}

impl Drop for Bench {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

impl Bench {
    /// A tenant with all credentials and its keys; no gateway runs yet.
    pub(crate) async fn start() -> Self {
        let database = fresh_postgres().await;
        let simulator =
            Simulator::start(SimulatorSettings { users: 20, ..SimulatorSettings::default() }).await.unwrap();
        let random = Random::system();
        let folder = std::env::temp_dir().join(format!("faults-{}", random.base62::<12>().unwrap()));
        fs::create_dir(&folder).unwrap();
        let config = folder.join("gateway.toml");
        let key_file = folder.join("kek");
        fs::write(&key_file, STANDARD.encode(random.bytes::<32>().unwrap())).unwrap();
        fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(folder.join("ca.pem"), simulator.ca_pem()).unwrap();
        fs::write(&config, settings(&database, &simulator, &folder)).unwrap();
        let parts = Parts::open(&load(&Sources { file: Some(config.clone()), ..Sources::default() }).unwrap()).await;
        let parts = parts.unwrap();
        let tenant = register(&parts, &simulator).await;
        let (key, key_id) = make_key(&parts, &tenant, Vec::new()).await;
        let standing = NewStanding {
            tools: vec!["bulk_create_users".into()],
            accounts: vec![CONNECTION.into()],
            up_to: Level::L2,
            max_objects: 100,
            per_hour: 1_000,
            expires_at: parts.clock.now().plus_seconds(3_600),
        };
        let (unattended, _) = make_key(&parts, &tenant, vec![standing]).await;
        let operator = parts.operators.create("Test operator").await.unwrap().0.expose().to_owned();
        Self { parts, tenant, key, key_id, unattended, operator, simulator, config, folder, database }
    }

    /// A gateway of its own process.
    pub(crate) async fn replica(&self, name: &str) -> Replica {
        self.replica_with(name, &[]).await
    }

    /// A gateway with other settings than the bench's.
    pub(crate) async fn replica_with(&self, name: &str, besides: &[String]) -> Replica {
        Replica::start(name, &self.config, besides).await
    }

    /// Calls a tool that has to answer.
    pub(crate) async fn ask(&self, to: SocketAddr, key: &str, tool: &str, arguments: Value) -> Value {
        told(&call(to, key, Client::Plain, tool, &arguments, None).await.expect(tool))
    }

    /// Calls a tool whose change has to wait for an approval; the change.
    pub(crate) async fn held(&self, to: SocketAddr, tool: &str, arguments: Value) -> OperationId {
        let told = self.ask(to, &self.key, tool, arguments).await;
        assert_eq!(told["code"], "approval_pending", "{told}");
        OperationId::parse(told["operation_id"].as_str().unwrap()).unwrap()
    }

    /// Makes users that nobody else knows; their ids.
    pub(crate) async fn users(&self, to: SocketAddr, names: &[String]) -> Vec<String> {
        let mut ids = Vec::new();
        for some in names.chunks(100) {
            let users: Vec<Value> = some.iter().map(|name| json!({ "username": name })).collect();
            let made = self.ask(to, &self.unattended, "bulk_create_users", json!({ "users": users })).await;
            let results = made["results"].as_array().unwrap_or_else(|| panic!("{made}"));
            ids.extend(results.iter().map(|result| result["id"].as_str().unwrap().to_owned()));
        }
        ids
    }

    /// Approves or denies over REST: `verb` is `approve` or `deny`.
    pub(crate) async fn decide(&self, admin: SocketAddr, id: &OperationId, verb: &str) -> Result<u16, Failed> {
        let bearer = format!("Bearer {}", self.operator);
        let line = format!("POST /admin/v1/operations/{id}/{verb}");
        Ok(request(admin, &line, &[("Authorization", &bearer)], None).await?.0)
    }

    pub(crate) async fn operation(&self, id: &OperationId) -> Operation {
        self.parts.store.operations.find(&self.tenant, id).await.unwrap().unwrap()
    }

    pub(crate) async fn steps(&self, id: &OperationId) -> Vec<StepRow> {
        self.parts.store.steps.list(&self.tenant, id).await.unwrap()
    }

    /// Waits until the operation is over.
    pub(crate) async fn over(&self, id: &OperationId, most: Duration) -> Operation {
        let end = Instant::now() + most;
        loop {
            let operation = self.operation(id).await;
            if operation.state.is_final() {
                return operation;
            }
            assert!(Instant::now() < end, "{id} is {} after {most:?}", operation.state.as_str());
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks the simulator's control side.
    pub(crate) async fn control(&self, line: &str, body: Option<Value>) -> Value {
        let (method, name) = line.split_once(' ').unwrap();
        let line = format!("{method} /_control/{name}");
        let (status, answer) = request(self.simulator.http_addr(), &line, &[], body.as_ref()).await.unwrap();
        assert_eq!(status, 200, "{line}: {answer}");
        answer
    }

    /// Every request that changed something, as this Duo recorded it, refused ones too.
    pub(crate) async fn changes(&self) -> Vec<Value> {
        let record = self.control("GET record?method=POST", None).await;
        let only_reads = ["/accounts/v1/account/list", "/auth/v2/preauth"].map(Value::from);
        let requests = record["requests"].as_array().unwrap().iter();
        requests.filter(|request| !only_reads.contains(&request["path"])).cloned().collect()
    }

    /// The changes that Duo worked on, whether or not anybody heard the answer.
    pub(crate) async fn worked(&self) -> Vec<Value> {
        self.changes().await.into_iter().filter(|request| !request["worked"].is_null()).collect()
    }
}

fn settings(database: &Database, simulator: &Simulator, folder: &std::path::Path) -> String {
    let Place::Postgres { url } = &database.place else { panic!("replicas share a PostgreSQL") };
    let folder = folder.display();
    let mut text = format!(
        "data_dir = \"{folder}\"\n[database]\nurl = \"{url}\"\nacquire_timeout_seconds = 10\n\
         statement_timeout_seconds = 10\n[keys]\nring = [{{ id = \"test\", source = \"file\", path = \"{folder}/kek\" }}]\n\
         [net]\nconnect_override = [{{ host = \"*\", address = \"{}\", ca_file = \"{folder}/ca.pem\" }}]\n",
        simulator.https_addr()
    );
    // The shortest times that a machine with other work to do still keeps.
    text += "[operations]\nopen_per_key = 10000\nlease_seconds = 5\nworker_interval_ms = 100\n\
             [duo]\nconnect_timeout_seconds = 2\nfirst_byte_timeout_seconds = 2\ncall_timeout_seconds = 2\n";
    // Nobody in front of these gateways looks whether they are ready.
    text += "[server]\nshutdown_notice_seconds = 0\n";
    write!(text, "[server.limits]\nkey_rate_per_minute = 1000000\ntenant_concurrency = 100\n").unwrap();
    text
}

async fn register(parts: &Parts, simulator: &Simulator) -> TenantId {
    let by = Actor::Console;
    let tenant = parts.acts.register_tenant("faults", "Faults", &by).await.unwrap().id;
    let application = |kind| simulator.applications().into_iter().find(|one| one.kind == kind).unwrap();
    let host = application(ApplicationKind::Admin).host;
    let connection = NewConnection { name: CONNECTION.into(), host, ..NewConnection::default() };
    parts.acts.put_connection(&tenant, &connection, &by).await.unwrap();
    for (api, kind) in [
        (Api::Auth, ApplicationKind::Auth),
        (Api::Admin, ApplicationKind::Admin),
        (Api::Accounts, ApplicationKind::Accounts),
    ] {
        let application = application(kind);
        let (ikey, skey, signature) = (&application.ikey, &application.skey, SignatureVersion::default());
        let new = NewCredential { api, ikey, skey, signature, verify: Verify::Now };
        parts.acts.put_credential(&tenant, CONNECTION, new, &by).await.unwrap();
    }
    tenant
}

async fn make_key(parts: &Parts, tenant: &TenantId, standing: Vec<NewStanding>) -> (String, KeyId) {
    let holder = Holder::Person("A Tester".into());
    let new = NewApiKey { name: "test".into(), holder, scopes: Scopes::all(), standing, days: Some(1) };
    let (key, token) = parts.acts.create_key(tenant, &new, &Actor::Console).await.unwrap();
    (token.expose().to_owned(), key.id)
}
