//! Fresh databases: an SQLite file, and a PostgreSQL one with its two roles.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use duo_mcp_gateway::store::{Place, PoolSettings, Store};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A database of one test's own; it is gone when this is dropped.
pub(crate) struct Database {
    /// Where a gateway finds it.
    pub(crate) place: Place,
    /// Where `migrate` finds it.
    pub(crate) owner: Place,
    /// The PostgreSQL role that serves.
    pub(crate) app_role: Option<String>,
    remains: Remains,
}

enum Remains {
    Folder(PathBuf),
    Postgres { name: String },
}

/// Runs a test on both databases, migrated, one after the other.
pub(crate) async fn for_each_database(test: impl AsyncFn(&Database)) {
    for database in [fresh_sqlite().await, fresh_postgres().await] {
        eprintln!("on {}", if database.is_postgres() { "PostgreSQL" } else { "SQLite" });
        test(&database).await;
    }
}

/// A migrated SQLite file.
pub(crate) async fn fresh_sqlite() -> Database {
    let database = empty_sqlite();
    database.migrate().await;
    database
}

/// A migrated PostgreSQL database.
pub(crate) async fn fresh_postgres() -> Database {
    let database = empty_postgres().await;
    database.migrate().await;
    database
}

/// A place for an SQLite file.
pub(crate) fn empty_sqlite() -> Database {
    let folder = std::env::temp_dir().join(unique("gw_sqlite"));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let place = Place::Sqlite(folder.join("gateway.db"));
    Database { owner: place.clone(), place, app_role: None, remains: Remains::Folder(folder) }
}

/// A PostgreSQL database without tables.
pub(crate) async fn empty_postgres() -> Database {
    let name = unique("gw_test");
    let mut admin = PgConnection::connect(&server_url()).await.expect("TEST_POSTGRES_URL names a server that answers");
    for statement in [
        format!("CREATE ROLE {name}_owner LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{name}'"),
        format!("CREATE ROLE {name}_app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{name}'"),
        format!("CREATE DATABASE {name} OWNER {name}_owner"),
    ] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut admin).await.expect("a fresh database");
    }
    let place = |role: &str| Place::Postgres { url: url(&format!("{name}_{role}:{name}"), &name) };
    Database {
        place: place("app"),
        owner: place("owner"),
        app_role: Some(format!("{name}_app")),
        remains: Remains::Postgres { name },
    }
}

impl Database {
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.place, Place::Postgres { .. })
    }

    /// Brings the tables up to date, as the owner.
    pub(crate) async fn migrate(&self) {
        let store = self.open_owner().await;
        store.migrate(self.app_role.as_deref()).await.expect("the migrations run");
        store.close().await;
    }

    /// The store, as a gateway opens it.
    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.place, &pools(10)).await.expect("the store opens")
    }

    /// The store with this many connections.
    pub(crate) async fn open_with(&self, connections: u32) -> Store {
        Store::open(&self.place, &pools(connections)).await.expect("the store opens")
    }

    /// The store as `migrate` opens it.
    pub(crate) async fn open_owner(&self) -> Store {
        Store::open_as_owner(&self.owner, &pools(2)).await.expect("the store opens")
    }

    /// Connections past the store: of the role that serves, of the owner, of the server's superuser.
    pub(crate) async fn pool(&self, whose: Whose) -> PgPool {
        let Remains::Postgres { name } = &self.remains else { panic!("SQLite has no roles") };
        let url = match (whose, &self.place, &self.owner) {
            (Whose::App, Place::Postgres { url }, _) | (Whose::Owner, _, Place::Postgres { url }) => url.clone(),
            _ => superuser_url(name),
        };
        PgPoolOptions::new().max_connections(1).connect(&url).await.expect("a connection")
    }

    /// Lets nobody connect, and cuts who is connected; or lets them again.
    pub(crate) async fn set_reachable(&self, reachable: bool) {
        let Remains::Postgres { name } = &self.remains else { panic!("a file is always there") };
        let mut admin = PgConnection::connect(&server_url()).await.expect("the server answers");
        let allow = format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {reachable}");
        sqlx::raw_sql(AssertSqlSafe(allow)).execute(&mut admin).await.expect("the database is altered");
        if !reachable {
            let cut = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            sqlx::raw_sql(AssertSqlSafe(cut)).execute(&mut admin).await.expect("connections are cut");
        }
    }

    /// The place of this database for the server's superuser.
    pub(crate) fn superuser(&self) -> Place {
        let Remains::Postgres { name } = &self.remains else { panic!("SQLite has no roles") };
        Place::Postgres { url: superuser_url(name) }
    }
}

/// Whose connections.
#[derive(Clone, Copy)]
pub(crate) enum Whose {
    App,
    Owner,
    Superuser,
}

impl Drop for Database {
    fn drop(&mut self) {
        match &self.remains {
            Remains::Folder(folder) => drop(std::fs::remove_dir_all(folder)),
            Remains::Postgres { name } => {
                // A runtime cannot wait inside another one, so a thread of its own clears up.
                let (name, url) = (name.clone(), server_url());
                let done = std::thread::spawn(move || {
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                    runtime.block_on(clear(&name, &url));
                });
                drop(done.join());
            }
        }
    }
}

async fn clear(name: &str, url: &str) {
    let Ok(mut admin) = PgConnection::connect(url).await else { return };
    for statement in [
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        format!("DROP ROLE IF EXISTS {name}_app"),
        format!("DROP ROLE IF EXISTS {name}_owner"),
    ] {
        drop(sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut admin).await);
    }
}

/// Roomy limits, as the machine that runs all tests at once is a slow one.
pub(crate) fn pools(connections: u32) -> PoolSettings {
    let patience = Duration::from_secs(30);
    PoolSettings { connections, acquire_timeout: patience, statement_timeout: patience }
}

fn unique(what: &str) -> String {
    format!("{what}_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

fn server_url() -> String {
    #[expect(clippy::disallowed_methods, reason = "a test's surroundings are no settings of the gateway")]
    let url = std::env::var("TEST_POSTGRES_URL");
    url.expect("TEST_POSTGRES_URL names no PostgreSQL to test on: run the tests with `scripts/test`, which gets one")
}

/// The server's URL with this role and password, and this database.
fn url(role: &str, database: &str) -> String {
    let server = server_url();
    let (scheme, rest) = server.split_once("://").expect("a URL");
    let (rest, query) = rest.split_once('?').map_or((rest, String::new()), |(rest, query)| (rest, format!("?{query}")));
    let (before, _) = rest.rsplit_once('/').expect("TEST_POSTGRES_URL ends with a database");
    let host = before.rsplit_once('@').map_or(before, |(_, host)| host);
    format!("{scheme}://{role}@{host}/{database}{query}")
}

fn superuser_url(database: &str) -> String {
    let server = server_url();
    let (_, rest) = server.split_once("://").expect("a URL");
    let user = rest.split_once('@').map_or("postgres", |(user, _)| user);
    url(user, database)
}
