//! Real gateways in front of a simulated Duo, in this process.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use duo_api::{Api, SignatureVersion};
use duo_mcp_gateway::config::{ConnectOverride, DatabaseUrl, Millis, RingKey, Seconds, Settings};
use duo_mcp_gateway::domain::actor::{Actor, ApiKey};
use duo_mcp_gateway::domain::card::Level;
use duo_mcp_gateway::domain::ids::OperationId;
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::domain::scope::Scopes;
use duo_mcp_gateway::domain::standing::NewStanding;
use duo_mcp_gateway::domain::tenant::Tenant;
use duo_mcp_gateway::operations::Verdict;
use duo_mcp_gateway::server::{Listeners, Parts, Server};
use duo_mcp_gateway::store::Place;
use duo_mcp_gateway::tenants::{Holder, NewApiKey, NewConnection, NewCredential, Verify};
use duo_mcp_gateway::vault::make_key_file;
use sqlx::SqlitePool;

use super::client::{Client, Era, Reply, http};
use super::databases::{Database, Whose, fresh_postgres};
use super::duo::Duo;

/// The name of the connection that every tenant here has.
pub(crate) const CONNECTION: &str = "main";

/// What the gateways of one test share: Duo, the database, the folder with the keys.
pub(crate) struct Ground {
    pub(crate) duo: Duo,
    pub(crate) folder: PathBuf,
    /// `None` for an SQLite file in the folder.
    pub(crate) database: Option<Database>,
    settings: Settings,
}

/// A running gateway and a tenant of it with a key of every scope.
pub(crate) struct Gateway {
    pub(crate) ground: Arc<Ground>,
    pub(crate) parts: Arc<Parts>,
    pub(crate) settings: Settings,
    pub(crate) tenant: Tenant,
    /// Opens every tool, with nothing approved beforehand.
    pub(crate) key: String,
    http: reqwest::Client,
    server: Server,
}

impl Drop for Ground {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

impl Gateway {
    /// A gateway on an SQLite file of its own.
    pub(crate) async fn start(change: impl FnOnce(&mut Settings)) -> Self {
        Self::on(None, change).await
    }

    /// A gateway on a PostgreSQL database of its own.
    pub(crate) async fn on_postgres(change: impl FnOnce(&mut Settings)) -> Self {
        Self::on(Some(fresh_postgres().await), change).await
    }

    async fn on(database: Option<Database>, change: impl FnOnce(&mut Settings)) -> Self {
        let name = Random::system().base62::<12>().unwrap();
        let folder = std::env::temp_dir().join(format!("gateway-{name}"));
        fs::create_dir(&folder).unwrap();
        let duo = Duo::start().await;
        let mut settings = settings(&folder, &duo, database.as_ref());
        change(&mut settings);
        let ground = Arc::new(Ground { duo, folder, database, settings });
        let (settings, server, parts) = serve(&ground).await;
        let tenant = parts.acts.register_tenant("acme-corp", "Acme Corp", &Actor::Console).await.unwrap();
        let mut gateway = Self { ground, parts, settings, tenant, key: String::new(), http: http(), server };
        gateway.connect(&gateway.tenant).await;
        gateway.key = gateway.new_key(&gateway.tenant, "Ada Admin", Scopes::all(), vec![]).await.1;
        gateway.until_ready().await;
        gateway
    }

    /// Another gateway on the same database, as a second replica.
    pub(crate) async fn replica(&self) -> Self {
        let ground = Arc::clone(&self.ground);
        let (settings, server, parts) = serve(&ground).await;
        let (tenant, key, http) = (self.tenant.clone(), self.key.clone(), self.http.clone());
        let gateway = Self { ground, parts, settings, tenant, key, http, server };
        gateway.until_ready().await;
        gateway
    }

    /// The simulated Duo behind it.
    pub(crate) fn duo(&self) -> &Duo {
        &self.ground.duo
    }

    /// Another tenant, with the same Duo account behind it and a key of every scope.
    pub(crate) async fn another_tenant(&self, slug: &str) -> (Tenant, String) {
        let tenant = self.parts.acts.register_tenant(slug, "Another", &Actor::Console).await.unwrap();
        self.connect(&tenant).await;
        let key = self.new_key(&tenant, "Bob Builder", Scopes::all(), vec![]).await.1;
        (tenant, key)
    }

    async fn connect(&self, tenant: &Tenant) {
        let host = self.duo().application("Admin API").host;
        let new = NewConnection { name: CONNECTION.into(), host, ..NewConnection::default() };
        self.parts.acts.put_connection(&tenant.id, &new, &Actor::Console).await.unwrap();
        for (api, name) in [(Api::Auth, "Auth API"), (Api::Admin, "Admin API"), (Api::Accounts, "Accounts API")] {
            self.put(tenant, api, name).await;
        }
    }

    /// Stores the keys of the simulator's application of this name in the tenant's connection.
    pub(crate) async fn put(&self, tenant: &Tenant, api: Api, application: &str) {
        let application = self.duo().application(application);
        let (ikey, skey, signature) = (&application.ikey, &application.skey, SignatureVersion::V5);
        let new = NewCredential { api, ikey, skey, signature, verify: Verify::Now };
        self.parts.acts.put_credential(&tenant.id, CONNECTION, new, &Actor::Console).await.unwrap();
    }

    /// A key of this tenant.
    pub(crate) async fn new_key(
        &self,
        tenant: &Tenant,
        person: &str,
        scopes: Scopes,
        standing: Vec<NewStanding>,
    ) -> (ApiKey, String) {
        let new =
            NewApiKey { name: "test".into(), holder: Holder::Person(person.into()), scopes, standing, days: Some(30) };
        let (key, token) = self.parts.acts.create_key(&tenant.id, &new, &Actor::Console).await.unwrap();
        (key, token.expose().to_owned())
    }

    /// A key for which everything that these tools do is approved beforehand, on the account and its children.
    pub(crate) async fn unattended_key(&self, tools: &[&str]) -> String {
        let standing = NewStanding {
            tools: tools.iter().map(|tool| (*tool).to_owned()).collect(),
            accounts: vec![CONNECTION.into()],
            up_to: Level::L3,
            max_objects: 100,
            per_hour: 1_000,
            expires_at: self.parts.clock.now().plus_seconds(3_600),
        };
        self.new_key(&self.tenant, "Una Ttended", Scopes::all(), vec![standing]).await.1
    }

    /// A client of the newest protocol that can show forms.
    pub(crate) fn modern(&self) -> Client {
        self.client(Era::Modern { forms: true })
    }

    /// A client that begins with `initialize`.
    pub(crate) fn legacy(&self) -> Client {
        self.client(Era::Legacy)
    }

    fn client(&self, era: Era) -> Client {
        let url = format!("http://{}/mcp", self.settings.server.public.listen);
        Client { http: self.http.clone(), url, key: self.key.clone(), era }
    }

    /// What the public listener answers at this path.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        Reply::of(self.http.get(format!("http://{}{path}", self.settings.server.public.listen))).await
    }

    /// An address of the admin listener.
    pub(crate) fn admin_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.settings.server.admin.listen)
    }

    /// The HTTP client that the MCP clients use too.
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Says yes to a waiting operation, as the operator.
    pub(crate) async fn approve(&self, operation: &str) {
        let id = OperationId::parse(operation).unwrap();
        self.parts.approvals.decide(&id, Verdict::Approve, &Actor::Console).await.unwrap();
    }

    /// Runs a statement in its database, past the gateway, as somebody who may do everything there.
    pub(crate) async fn behind(&self, statement: &'static str) {
        let statement = sqlx::raw_sql(statement);
        if let Some(database) = &self.ground.database {
            statement.execute(&database.pool(Whose::Superuser).await).await.unwrap();
        } else {
            let file = self.settings.data_dir.join("gateway.sqlite");
            statement.execute(&SqlitePool::connect(file.to_str().unwrap()).await.unwrap()).await.unwrap();
        }
    }

    /// Ends it in order, so that everything is written.
    pub(crate) async fn stop(self) -> Arc<Ground> {
        self.server.stop().await;
        self.ground
    }

    async fn until_ready(&self) {
        let until = tokio::time::Instant::now() + Duration::from_secs(20);
        while self.get("/readyz").await.status != 200 {
            assert!(tokio::time::Instant::now() < until, "the gateway is not ready");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn serve(ground: &Ground) -> (Settings, Server, Arc<Parts>) {
    let mut settings = ground.settings.clone();
    let listeners = Listeners::bind(&mut settings, ["--public", "--admin", "--keys"]).await.unwrap();
    let mut server = Server::start(settings.clone(), listeners);
    let parts = server.ready().await.unwrap();
    (settings, server, parts)
}

/// Free ports, the simulator under every name, a quick worker.
fn settings(folder: &Path, duo: &Duo, database: Option<&Database>) -> Settings {
    let ca_file = folder.join("ca.pem");
    fs::write(&ca_file, duo.simulator.ca_pem()).unwrap();
    let mut settings = Settings { data_dir: folder.join("data"), ..Settings::default() };
    settings.server.public.listen.set_port(0);
    settings.server.admin.listen.set_port(0);
    settings.server.keys.listen = Some(([127, 0, 0, 1], 0).into());
    settings.server.shutdown_drain_seconds = Seconds(1);
    settings.net.connect_override =
        vec![ConnectOverride { host: "*".into(), address: duo.simulator.https_addr(), ca_file: Some(ca_file) }];
    settings.operations.worker_interval_ms = Millis(50);
    if let Some(Place::Postgres { url }) = database.map(|database| &database.place) {
        let path = folder.join("kek");
        make_key_file("one", &path, &Random::system()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        settings.keys.ring = vec![RingKey::File { id: "one".into(), path }];
        settings.database.url = Some(DatabaseUrl::new(url.clone()));
        settings.database.max_connections = 6;
        // The machine that runs all tests at once is a slow one.
        settings.database.acquire_timeout_seconds = Seconds(10);
        settings.database.statement_timeout_seconds = Seconds(10);
    }
    settings
}
