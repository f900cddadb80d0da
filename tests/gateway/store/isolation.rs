//! Tenants are kept apart: by queries, and by policies where a query forgets.

use std::time::Duration;

use duo_mcp_gateway::domain::actor::ApiKey;
use duo_mcp_gateway::domain::member::{MemberDiff, Role};
use duo_mcp_gateway::domain::operation::OperationState;
use duo_mcp_gateway::store::{ListOperations, MemberChange, OwnerKeyRow};
use sqlx::{PgPool, Row as _};

use super::samples::{Acme, NOW, api_key, hash, house_event, lease, member, session_of, signed_in};
use crate::support::databases::{Database, Whose, for_each_database, fresh_postgres};

/// Every table with rows of tenants, the column that says whose, and whether the role that serves may change rows.
const TABLES: [(&str, &str, &str); 19] = [
    ("tenants", "SELECT id AS tenant FROM tenants", "UPDATE tenants SET name = name"),
    ("data_keys", "SELECT tenant_id AS tenant FROM data_keys", "UPDATE data_keys SET kek_id = kek_id"),
    ("connections", "SELECT tenant_id AS tenant FROM connections", "UPDATE connections SET name = name"),
    ("credentials", "SELECT tenant_id AS tenant FROM credentials", "DELETE FROM credentials"),
    ("api_keys", "SELECT tenant_id AS tenant FROM api_keys", "UPDATE api_keys SET name = name"),
    ("members", "SELECT tenant_id AS tenant FROM members", "UPDATE members SET kind = kind"),
    ("owner_keys", "SELECT tenant_id AS tenant FROM owner_keys", "UPDATE owner_keys SET last4 = last4"),
    ("passkeys", "SELECT tenant_id AS tenant FROM passkeys", "UPDATE passkeys SET name = name"),
    ("passkey_answers", "SELECT tenant_id AS tenant FROM passkey_answers", "DELETE FROM passkey_answers"),
    ("invites", "SELECT tenant_id AS tenant FROM invites", "UPDATE invites SET last4 = last4"),
    ("member_sessions", "SELECT tenant_id AS tenant FROM member_sessions", "DELETE FROM member_sessions"),
    ("authorization_codes", "SELECT tenant_id AS tenant FROM authorization_codes", "DELETE FROM authorization_codes"),
    ("grants", "SELECT tenant_id AS tenant FROM grants", "UPDATE grants SET client = client"),
    ("access_tokens", "SELECT tenant_id AS tenant FROM access_tokens", "DELETE FROM access_tokens"),
    ("refresh_tokens", "SELECT tenant_id AS tenant FROM refresh_tokens", "DELETE FROM refresh_tokens"),
    ("operations", "SELECT tenant_id AS tenant FROM operations", "UPDATE operations SET tool = tool"),
    ("steps", "SELECT tenant_id AS tenant FROM steps", "UPDATE steps SET attempts = attempts"),
    ("pushes", "SELECT tenant_id AS tenant FROM pushes", "UPDATE pushes SET factor = factor"),
    ("audit", "SELECT tenant_id AS tenant FROM audit", ""),
];

const SET: &str = "SELECT set_config('gw.tenant', $1, true)";

async fn furnish(store: &duo_mcp_gateway::store::Store, slug: &str) -> Acme {
    let acme = Acme::register(store, slug).await;
    store.credentials.put(&acme.credential(1), &acme.event()).await.unwrap();
    acme.begun(store, OperationState::Waiting).await;
    let invite = acme.invite();
    signed_in(store, &acme.member).await;
    acme.add_passkey(store, slug).await;
    store.invites.create(&invite, &hash(), &acme.event()).await.unwrap();
    super::grants::granted(store, &acme).await;
    let caps = duo_mcp_gateway::domain::push::PushCaps {
        per_person: 3,
        passcodes_per_person: 5,
        person_window_ms: 1,
        per_tenant_hour: 9,
        cool_down_ms: 1,
    };
    store.pushes.reserve(&acme.push("DU1"), &caps, NOW, &acme.event()).await.unwrap();
    acme
}

#[tokio::test]
async fn the_ids_of_one_tenant_are_nothing_to_another() {
    for_each_database(async |database| {
        let store = database.open().await;
        let (acme, other) = (furnish(&store, "acme").await, furnish(&store, "other").await);
        let operation = acme.begun(&store, OperationState::Approved).await;
        let mine = store.operations.claim(&lease(NOW.plus_seconds(60)), NOW).await.unwrap().unwrap();
        assert_eq!(mine.id, operation.id);
        let id = other.id();
        assert_eq!(store.operations.find(id, &operation.id).await.unwrap(), None);
        assert_eq!(store.steps.list(id, &operation.id).await.unwrap(), vec![]);
        let by = other.actor();
        assert!(!store.operations.cancel(id, &operation.id, &by, NOW, &other.event()).await.unwrap());
        assert_eq!(store.keys.find(id, &acme.key.id).await.unwrap(), None);
        assert!(!store.keys.revoke(id, &acme.key.id, NOW, &other.event()).await.unwrap());
        let (mine, key) = (&acme.member, acme.owner_key());
        assert_eq!(store.members.find(id, &mine.id).await.unwrap(), None);
        let diff = MemberDiff { name: Some("Mallory".into()), ..MemberDiff::default() };
        assert_eq!(store.members.change(id, &mine.id, &diff, &other.event()).await.unwrap(), MemberChange::Missing);
        assert_eq!(store.members.remove(id, &mine.id, NOW, &other.event()).await.unwrap(), MemberChange::Missing);
        let stolen = OwnerKeyRow { tenant: id.clone(), ..key };
        assert!(!store.sign_in.put_owner_key(&stolen, &hash(), &other.event()).await.unwrap());
        let (own, until) = (hash(), NOW.plus_seconds(60));
        assert!(store.sign_in.put_owner_key(&acme.owner_key(), &own, &acme.event()).await.unwrap());
        let foreign = store.sign_in.open_session(session_of(&hash(), &own, id, &mine.id, until), None).await;
        assert!(!foreign.unwrap());
        let passkey = store.passkeys.list(acme.id(), None).await.unwrap().remove(0);
        assert_eq!(store.passkeys.list(id, Some(&mine.id)).await.unwrap(), vec![]);
        assert!(!store.passkeys.remove(id, &passkey.id, &other.event()).await.unwrap());
        let invite = store.invites.list(Some(acme.id())).await.unwrap().remove(0).id;
        assert!(!store.invites.revoke(Some(id), &invite, NOW, &other.event()).await.unwrap());
        assert!(!store.invites.revoke(None, &invite, NOW, &house_event()).await.unwrap());
        let borrowed = ApiKey { member: mine.id.clone(), ..api_key(&member(id, "x", Role::Owner)) };
        assert!(!store.keys.create(&borrowed, &hash(), &other.event()).await.unwrap());
        let api = duo_mcp_gateway::domain::connection::Api::Admin;
        assert_eq!(store.credentials.find(id, &acme.connection.id, api).await.unwrap(), None);
        assert!(!store.credentials.delete(id, &acme.connection.id, api, &other.event()).await.unwrap());
        let which = ListOperations { after: Some(&operation.id), limit: 10, ..ListOperations::default() };
        assert_eq!(store.operations.list(id, which).await.unwrap(), vec![], "another tenant's cursor");
        store.pushes.sent(acme.id(), &acme.push("x").id, "tx").await.unwrap();
        assert_eq!(store.pushes.find_by_txid(id, "tx").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_query_that_forgets_whose_rows_it_wants_gets_the_tenants_own() {
    let database = fresh_postgres().await;
    let store = database.open().await;
    let (acme, other) = (furnish(&store, "acme").await, furnish(&store, "other").await);
    let acme_id = acme.id().as_str();
    for whose in [Whose::App, Whose::Owner] {
        let pool = database.pool(whose).await;
        for (table, select, change) in TABLES {
            let own = seen(&pool, Some(acme_id), select).await;
            assert!(!own.is_empty() && own.iter().all(|tenant| tenant == acme_id), "{table}: {own:?}");
            let all = seen(&pool, Some("*"), select).await;
            assert!(all.len() > own.len() && all.iter().any(|tenant| tenant == other.id().as_str()), "{table}");
            assert_eq!(seen(&pool, None, select).await, Vec::<String>::new(), "{table}: nothing is set");
            assert_eq!(seen(&pool, Some(""), select).await, Vec::<String>::new(), "{table}: set to nothing");
            if !change.is_empty() {
                let mut tx = pool.begin().await.unwrap();
                sqlx::query(SET).bind(acme_id).execute(&mut *tx).await.unwrap();
                let changed = sqlx::query(change).execute(&mut *tx).await.unwrap().rows_affected();
                assert_eq!(usize::try_from(changed).unwrap(), own.len(), "{table}");
            }
        }
    }
}

async fn seen(pool: &PgPool, setting: Option<&str>, select: &'static str) -> Vec<String> {
    let mut tx = pool.begin().await.unwrap();
    if let Some(setting) = setting {
        sqlx::query(SET).bind(setting).execute(&mut *tx).await.unwrap();
    }
    let rows = sqlx::query(select).fetch_all(&mut *tx).await.unwrap();
    rows.iter().map(|row| row.get::<Option<String>, _>("tenant").unwrap_or_default()).collect()
}

#[tokio::test]
async fn a_row_is_neither_made_for_nor_moved_to_another_tenant() {
    let database = fresh_postgres().await;
    let store = database.open().await;
    let (acme, other) = (furnish(&store, "acme").await, furnish(&store, "other").await);
    for whose in [Whose::App, Whose::Owner] {
        let pool = database.pool(whose).await;
        for sql in [
            "INSERT INTO data_keys (tenant_id, version, kek_id, wrapped, active) VALUES ($1, 77, 'k', 'w', false)",
            "UPDATE data_keys SET tenant_id = $1, version = 78",
            "UPDATE api_keys SET tenant_id = $1",
            "INSERT INTO audit (id, tenant_id, at, actor, action, outcome, objects) VALUES ('ev_x', $1, 1, '', '', '', '')",
        ] {
            for setting in [acme.id().as_str(), ""] {
                let mut tx = pool.begin().await.unwrap();
                sqlx::query(SET).bind(setting).execute(&mut *tx).await.unwrap();
                let outcome = sqlx::query(sql).bind(other.id().as_str()).execute(&mut *tx).await;
                let unchanged = outcome.as_ref().is_ok_and(|done| done.rows_affected() == 0);
                let refused = outcome
                    .as_ref()
                    .is_err_and(|e| e.as_database_error().is_some_and(|e| e.code().as_deref() == Some("42501")));
                assert!(refused || (unchanged && setting.is_empty()), "{sql}: {outcome:?}");
            }
        }
    }
}

#[tokio::test]
async fn every_table_with_a_tenant_is_under_a_forced_policy() {
    let database = fresh_postgres().await;
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
         WHERE c.relkind IN ('r', 'p') AND a.attname = 'tenant_id' AND c.relnamespace = 'public'::regnamespace \
         AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    )
    .fetch_all(&database.pool(Whose::Owner).await)
    .await
    .unwrap();
    assert_eq!(open, Vec::<String>::new());
}

#[tokio::test]
async fn the_setting_ends_with_its_transaction() {
    let database = fresh_postgres().await;
    let pool = database.pool(Whose::App).await;
    for commits in [true, false] {
        let mut tx = pool.begin().await.unwrap();
        sqlx::query(SET).bind("tn_somebody").execute(&mut *tx).await.unwrap();
        if commits {
            tx.commit().await.unwrap();
        } else {
            tx.rollback().await.unwrap();
        }
        let left: Option<String> =
            sqlx::query_scalar("SELECT current_setting('gw.tenant', true)").fetch_one(&pool).await.unwrap();
        assert_eq!(left.unwrap_or_default(), "");
    }
}

/// With policies that know no `*`, whatever is done for one tenant still works: the seam names exactly that tenant, and
/// nothing of one transaction is left for the next, whether it ended or was given up half-way.
#[tokio::test]
async fn two_connections_serve_two_tenants_and_mix_nothing_up() {
    let database = fresh_postgres().await;
    let store = database.open_with(2).await;
    let tenants = [furnish(&store, "acme").await, furnish(&store, "other").await];
    know_no_everybody(&database).await;
    let tenants = std::sync::Arc::new(tenants);
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let (store, tenants) = (store.clone(), tenants.clone());
            tokio::spawn(async move {
                for m in 0..50 {
                    let acme = &tenants[(n + m) % 2];
                    let keys = async {
                        let event = acme.event();
                        let put = store.connections.put(&acme.connection, &event).await;
                        (store.keys.list(acme.id()).await, put)
                    };
                    if m % 5 == 0 {
                        // Given up at some moment of its life.
                        drop(tokio::time::timeout(Duration::from_micros(100 * (m as u64)), keys).await);
                        continue;
                    }
                    let (keys, put) = keys.await;
                    assert_eq!(keys.unwrap(), vec![acme.key.clone()]);
                    assert_eq!(put.unwrap(), acme.connection);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(store.tenants.list(None, 10).await.unwrap(), vec![], "who crosses tenants is seen to do so");
    store.close().await;
}

async fn know_no_everybody(database: &Database) {
    let owner = database.pool(Whose::Owner).await;
    for (table, _, _) in TABLES {
        let column = if table == "tenants" { "id" } else { "tenant_id" };
        let rule = format!("{column} = current_setting('gw.tenant', true)");
        let sql = format!("ALTER POLICY own_rows ON {table} USING ({rule}) WITH CHECK ({rule})");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&owner).await.unwrap();
    }
}

#[tokio::test]
async fn the_role_that_serves_adds_to_the_audit_log_and_changes_no_tables() {
    let database = fresh_postgres().await;
    let store = database.open().await;
    furnish(&store, "acme").await;
    let refused = |pool: PgPool, sql: &'static str| async move {
        let mut tx = pool.begin().await.unwrap();
        sqlx::query(SET).bind("*").execute(&mut *tx).await.unwrap();
        let error = sqlx::raw_sql(sql).execute(&mut *tx).await.expect_err(sql);
        assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("42501"), "{sql}: {error}");
    };
    for sql in [
        "UPDATE audit SET action = 'x'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DELETE FROM tenants",
        "ALTER TABLE tenants DISABLE ROW LEVEL SECURITY",
        "DROP POLICY own_rows ON tenants",
        "CREATE TABLE mine (id BIGINT)",
        "DELETE FROM _sqlx_migrations",
    ] {
        refused(database.pool(Whose::App).await, sql).await;
    }
    for sql in ["UPDATE audit SET action = 'x'", "DELETE FROM audit", "TRUNCATE audit"] {
        refused(database.pool(Whose::Owner).await, sql).await;
    }
}
