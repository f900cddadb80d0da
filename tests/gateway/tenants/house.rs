//! A house for one test: store, simulator, acts and registry.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use duo_api::client::HostPattern;
use duo_api::{Api, ClientSettings, ConnectOverride, DuoClient, SignatureVersion};
use duo_mcp_gateway::config::KeySettings;
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::clock::{Clock, Timestamp};
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::domain::tenant::Tenant;
use duo_mcp_gateway::store::{Place, Store};
use duo_mcp_gateway::tenants::{
    Acts, Keyring, NewConnection, NewCredential, Newcomer, PastedKeys, Registry, TenantError, Unwelcome, Verify,
    Welcomed, follow,
};
use duo_simulator::{Application, ApplicationKind, Simulator, SimulatorSettings};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::support::databases::{Database, for_each_database, fresh_sqlite};

/// A folder that goes away with the test.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("tenants-{}", Random::system().base62::<12>().unwrap()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a test in a house on each of the two databases.
pub(super) async fn for_each_house(test: impl AsyncFn(&House)) {
    for_each_database(async |database| {
        let simulator = Simulator::start(settings()).await.unwrap();
        test(&House::on(database, simulator).await).await;
    })
    .await;
}

/// Everything that a test of tenants needs.
pub(super) struct House {
    pub(super) store: Store,
    pub(super) keyring: Keyring,
    pub(super) acts: Acts,
    pub(super) client: DuoClient,
    pub(super) clock: Clock,
    pub(super) simulator: Simulator,
    pub(super) place: Place,
    /// The database when it is this house's own, and the key file; both go away with it.
    remains: (Option<Database>, Folder),
}

impl House {
    /// A house on an SQLite file of its own.
    pub(super) async fn start() -> Self {
        Self::over(Simulator::start(settings()).await.unwrap()).await
    }

    pub(super) async fn over(simulator: Simulator) -> Self {
        let database = fresh_sqlite().await;
        let mut house = Self::on(&database, simulator).await;
        house.remains.0 = Some(database);
        house
    }

    async fn on(database: &Database, simulator: Simulator) -> Self {
        let (folder, random) = (Folder::new(), Random::system());
        let store = database.open().await;
        let keys = KeySettings::default();
        let keyring = Keyring::open(&store, &keys, Some(folder.path()), &|_| None, &random).await.unwrap();
        // It stands still until a test moves it; the simulator's own clock is the machine's.
        let clock = Clock::fixed(Clock::system().now());
        let client = client(&simulator);
        let (vault, house) = (Arc::clone(&keyring.vault), Arc::clone(&keyring.house));
        let acts = Acts::new(store.clone(), vault, house, client.clone(), clock.clone(), random);
        let place = database.place.clone();
        Self { store, keyring, acts, client, clock, simulator, place, remains: (None, folder) }
    }

    /// A replica's registry that polls until the token is cancelled or the test ends; current when this returns.
    pub(super) async fn replica(&self) -> (Registry, CancellationToken) {
        let registry = Registry::new(self.store.clone(), Arc::clone(&self.keyring.vault), self.clock.clone());
        let stop = CancellationToken::new();
        tokio::spawn(follow(registry.clone(), stop.clone()));
        within(Duration::from_secs(5), || async { registry.is_current() }).await;
        (registry, stop)
    }

    /// A tenant with a connection to the simulator's parent account.
    pub(super) async fn tenant(&self, slug: &str) -> Tenant {
        let tenant = self.acts.register_tenant(slug, "A Tenant", &Actor::Console).await.unwrap();
        self.connect(&tenant, "main").await;
        tenant
    }

    pub(super) async fn connect(&self, tenant: &Tenant, name: &str) {
        let host = self.application(ApplicationKind::Auth).host;
        let new = NewConnection { name: name.into(), host, ..NewConnection::default() };
        self.acts.put_connection(&tenant.id, &new, &Actor::Console).await.unwrap();
    }

    /// The simulator's first application of this kind, which may do everything.
    pub(super) fn application(&self, kind: ApplicationKind) -> Application {
        self.simulator.applications().into_iter().find(|application| application.kind == kind).unwrap()
    }

    /// Puts that application's keys into the tenant's connection.
    pub(super) async fn put(&self, tenant: &Tenant, connection: &str, api: Api) -> Result<Vec<String>, TenantError> {
        let application = self.application(match api {
            Api::Auth => ApplicationKind::Auth,
            Api::Admin => ApplicationKind::Admin,
            Api::Accounts => ApplicationKind::Accounts,
        });
        let new = credential(api, &application.ikey, &application.skey);
        self.acts.put_credential(&tenant.id, connection, new, &Actor::Console).await.map(|stored| stored.notices)
    }

    /// Somebody new comes in with keys for the Auth API, and with an invite or none.
    pub(super) async fn welcome(&self, invite: Option<&str>) -> Result<Welcomed, Unwelcome> {
        let application = self.application(ApplicationKind::Auth);
        let keys = vec![PastedKeys { api: Api::Auth, ikey: &application.ikey, skey: &application.skey }];
        let (host, address) = (application.host.as_str(), IpAddr::from([192, 0, 2, 1]));
        self.acts.welcome(&Newcomer { tenant: "New Ltd", owner: "Nina", host, keys, invite, address }).await
    }

    /// What the simulator was asked, by path, since it began.
    pub(super) async fn asked(&self) -> Vec<String> {
        let answer = control(&self.simulator, "GET", "record", "").await;
        let requests = answer["requests"].as_array().unwrap().iter();
        requests.map(|request| request["path"].as_str().unwrap().to_owned()).collect()
    }
}

pub(super) fn settings() -> SimulatorSettings {
    SimulatorSettings { users: 5, ..SimulatorSettings::default() }
}

/// A client that reaches the simulator under Duo's names.
pub(super) fn client(simulator: &Simulator) -> DuoClient {
    let mut settings = ClientSettings::new(Arc::new(Clock::system()), Arc::new(|most| most / 2));
    settings.overrides = vec![ConnectOverride {
        host: HostPattern::Any,
        addr: simulator.https_addr(),
        ca_pem: Some(simulator.ca_pem().to_owned()),
    }];
    DuoClient::new(settings).unwrap()
}

pub(super) fn credential<'a>(api: Api, ikey: &'a str, skey: &'a str) -> NewCredential<'a> {
    NewCredential { api, ikey, skey, signature: SignatureVersion::V5, verify: Verify::Now }
}

/// Asks the simulator's control side; HTTP/1.0, so that the answer ends with the connection.
pub(super) async fn control(simulator: &Simulator, method: &str, name: &str, body: &str) -> Value {
    let mut stream = TcpStream::connect(simulator.http_addr()).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} /_control/{name} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// Waits until something is so, and fails when it takes longer.
pub(super) async fn within<F: Future<Output = bool>>(most: Duration, is_so: impl Fn() -> F) {
    let until = tokio::time::Instant::now() + most;
    while !is_so().await {
        assert!(tokio::time::Instant::now() < until, "not so within {most:?}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// A moment long ago, for what does not look at it.
pub(super) const LONG_AGO: Timestamp = Timestamp(1_700_000_000_000);
