//! Migrations: twice is once, two at once are one, and misfits are named.

use std::time::Duration;

use duo_mcp_gateway::domain::ids::TenantId;
use duo_mcp_gateway::domain::member::{MemberKind, Role};
use duo_mcp_gateway::domain::scope::Scopes;
use duo_mcp_gateway::store::{Place, PoolSettings, Schema, Store, StoreError};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use super::samples::Acme;
use crate::support::databases::{
    Database, Whose, empty_postgres, empty_sqlite, for_each_database, fresh_postgres, pools,
};

#[tokio::test]
async fn migrating_again_changes_nothing() {
    for_each_database(async |database| {
        let store = database.open().await;
        assert_eq!(store.schema().await.unwrap(), Schema::Current);
        let acme = Acme::register(&store, "acme").await;
        database.migrate().await;
        assert_eq!(store.schema().await.unwrap(), Schema::Current);
        assert!(store.tenants.find(acme.id()).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn two_that_migrate_at_once_do_not_clash() {
    for database in [empty_sqlite(), empty_postgres().await] {
        let (one, two) = (database.open_owner().await, database.open_owner().await);
        assert_eq!(one.schema().await.unwrap(), Schema::Behind);
        let role = database.app_role.as_deref();
        let (a, b) = tokio::join!(one.migrate(role), two.migrate(role));
        a.unwrap();
        b.unwrap();
        assert_eq!(database.open().await.schema().await.unwrap(), Schema::Current);
    }
}

#[tokio::test]
async fn a_newer_and_an_older_database_say_so() {
    for_each_database(async |database| {
        let store = database.open().await;
        meddle(
            database,
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
            SELECT 9999, 'later', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
        )
        .await;
        assert_eq!(store.schema().await.unwrap(), Schema::Ahead);
        database.migrate().await;
        meddle(database, "DELETE FROM _sqlx_migrations WHERE version = 4").await;
        assert_eq!(store.schema().await.unwrap(), Schema::Behind);
        meddle(
            database,
            "UPDATE _sqlx_migrations SET checksum = (SELECT m.checksum FROM _sqlx_migrations m \
            WHERE m.version = 2) WHERE version = 1",
        )
        .await;
        assert!(matches!(store.schema().await, Err(StoreError::Schema(_))));
    })
    .await;
}

/// The tables as they were before there were members, with the keys of two tenants.
const BEFORE_MEMBERS: &str = concat!(
    include_str!("../../../migrations/0001_house.sql"),
    include_str!("../../../migrations/0002_tenants.sql"),
    include_str!("../../../migrations/0003_operations.sql"),
    include_str!("../../../migrations/0004_audit.sql"),
    "INSERT INTO tenants (id, slug, name, status, revision, created_at) VALUES
         ('tn_aaaaaaaaaaaaaaaaaaaaa1', 'one', 'One', 'active', 1, 1), ('tn_aaaaaaaaaaaaaaaaaaaaa2', 'two', 'Two', 'active', 2, 1);
     INSERT INTO api_keys (id, tenant_id, hash, name, person, scopes, standing, last4, created_at, expires_at) VALUES
         ('key_bbbbbbbbbbbbbbbbbbbbb1', 'tn_aaaaaaaaaaaaaaaaaaaaa1', 'h1', 'laptop', 'Ann', '[\"duo:read\"]', '[]', 'x', 5, 9),
         ('key_bbbbbbbbbbbbbbbbbbbbb2', 'tn_aaaaaaaaaaaaaaaaaaaaa1', 'h2', 'phone', 'Ann', '[]', '[]', 'x', 3, 9),
         ('key_bbbbbbbbbbbbbbbbbbbbb3', 'tn_aaaaaaaaaaaaaaaaaaaaa1', 'h3', 'ci', 'Bob', '[]', '[]', 'x', 6, 9),
         ('key_bbbbbbbbbbbbbbbbbbbbb4', 'tn_aaaaaaaaaaaaaaaaaaaaa2', 'h4', 'laptop', 'Ann', '[]', '[]', 'x', 7, 9);"
);

#[tokio::test]
async fn keys_of_before_belong_to_members_made_from_their_names() {
    for database in [empty_sqlite(), empty_postgres().await] {
        meddle(&database, BEFORE_MEMBERS).await;
        if database.is_postgres() {
            meddle(&database, include_str!("../../../migrations/postgres/0001_row_level_security.sql")).await;
            meddle(&database, concat!("SET gw.tenant = '*';", include_str!("../../../migrations/0005_members.sql")))
                .await;
            meddle(&database, include_str!("../../../migrations/postgres/0002_members.sql")).await;
        } else {
            meddle(&database, include_str!("../../../migrations/0005_members.sql")).await;
        }
        // What reads them is today's program, which wants its columns.
        meddle(&database, include_str!("../../../migrations/0008_presets.sql")).await;
        let store = database.open_owner().await;
        let one = TenantId::parse("tn_aaaaaaaaaaaaaaaaaaaaa1").unwrap();
        let members = store.members.list(&one).await.unwrap();
        let [ann, bob] = members.as_slice() else { panic!("{members:?}") };
        assert_eq!((ann.name.as_str(), ann.created_at.0, bob.name.as_str()), ("Ann", 3, "Bob"));
        assert_eq!((ann.kind, ann.role, ann.ceiling()), (MemberKind::Person, Role::Administrator, Scopes::all()));
        let keys = store.keys.list(&one).await.unwrap();
        let whose: Vec<_> = keys.iter().map(|key| (key.name.as_str(), &key.member, key.person.as_str())).collect();
        assert_eq!(whose, [("phone", &ann.id, "Ann"), ("laptop", &ann.id, "Ann"), ("ci", &bob.id, "Bob")]);
        let two = TenantId::parse("tn_aaaaaaaaaaaaaaaaaaaaa2").unwrap();
        let others = store.members.list(&two).await.unwrap();
        assert_eq!((others.len(), others[0].name.as_str()), (1, "Ann"));
        assert!(!store.tenants.find(&two).await.unwrap().unwrap().require_push);
        store.close().await;
    }
}

/// Changes rows past the store.
async fn meddle(database: &Database, sql: &'static str) {
    if database.is_postgres() {
        sqlx::raw_sql(sql).execute(&database.pool(Whose::Owner).await).await.unwrap();
        return;
    }
    let Place::Sqlite(path) = &database.place else { panic!("an SQLite file") };
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}?mode=rwc", path.display())).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_role_that_would_see_past_the_policies_is_refused() {
    let database = fresh_postgres().await;
    let refused = Store::open(&database.superuser(), &pools(2)).await;
    assert!(matches!(refused, Err(StoreError::Role(_))), "{refused:?}");
    let role = database.app_role.clone().unwrap();
    let store = database.open().await;
    let bypass = AssertSqlSafe(format!("ALTER ROLE {role} BYPASSRLS"));
    sqlx::raw_sql(bypass).execute(&database.pool(Whose::Superuser).await).await.unwrap();
    let refused = store.schema().await;
    assert!(matches!(&refused, Err(StoreError::Role(name)) if *name == role), "{refused:?}");
    assert!(StoreError::Role(role).to_string().contains("NOBYPASSRLS"));
}

#[tokio::test]
async fn a_server_that_is_not_there_yet_is_no_reason_not_to_start() {
    let nowhere = Place::Postgres { url: "postgres://a:canary@127.0.0.1:1/none".into() };
    assert!(!format!("{nowhere:?}").contains("canary"));
    let settings = PoolSettings { acquire_timeout: Duration::from_millis(300), ..pools(2) };
    let store = Store::open(&nowhere, &settings).await.unwrap();
    assert!(matches!(store.schema().await, Err(StoreError::Unavailable(_))));
    let bad = Place::Postgres { url: "postgres://a:canary@db:port/x".into() };
    let refused = Store::open(&bad, &settings).await.unwrap_err();
    assert!(!format!("{refused:?} {refused}").contains("canary"));
}

#[tokio::test]
async fn a_role_without_rights_is_told_what_to_do() {
    let database = empty_postgres().await;
    let owner = database.open_owner().await;
    owner.migrate(None).await.unwrap();
    let refused = database.open().await.schema().await;
    assert!(matches!(&refused, Err(StoreError::Schema(what)) if what.contains("migrate")), "{refused:?}");
}
