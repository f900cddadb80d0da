//! Many readers and writers at once, and a server that drops its connections.

use std::time::Duration;

use duo_mcp_gateway::domain::operation::OperationState;

use super::samples::{Acme, NOW, lease};
use crate::support::databases::{Whose, for_each_database, fresh_postgres};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_and_writers_at_once_do_not_disturb_each_other() {
    for_each_database(async |database| {
        // Two gateways, or a gateway and a command, on the same database.
        let (one, two) = (database.open().await, database.open_with(3).await);
        let acme = Acme::register(&one, "acme").await;
        let acme = std::sync::Arc::new(acme);
        let tasks: Vec<_> = (0..40)
            .map(|n| {
                let (store, acme) = (if n % 2 == 0 { one.clone() } else { two.clone() }, acme.clone());
                tokio::spawn(async move {
                    for _ in 0..10 {
                        match n % 4 {
                            0 => drop(acme.begun(&store, OperationState::Approved).await),
                            1 => store.audit.append(&[acme.event(), acme.event()]).await.unwrap(),
                            2 => drop(store.operations.claim(&lease(NOW.plus_seconds(60)), NOW).await.unwrap()),
                            _ => {
                                store.house.pulse(0).await.unwrap();
                                store.keys.find_by_hash(&acme.hash).await.unwrap().unwrap();
                            }
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let events = one.audit.list(Some(acme.id()), None, 1000).await.unwrap();
        assert_eq!(events.len(), 4 + 100 + 200);
    })
    .await;
}

#[tokio::test]
async fn the_pulse_does_not_wait_for_the_calls() {
    let database = fresh_postgres().await;
    let store = database.open_with(1).await;
    let superuser = database.pool(Whose::Superuser).await;
    let mut lock = superuser.begin().await.unwrap();
    sqlx::query("LOCK TABLE keks IN EXCLUSIVE MODE").execute(&mut *lock).await.unwrap();
    let waiting = {
        let store = store.clone();
        tokio::spawn(async move { store.house.remember_kek("kek-1", "one").await })
    };
    // The only connection for calls is taken as soon as the server says that somebody waits for the lock.
    let blocked = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND relation = 'keks'::regclass";
    while sqlx::query_scalar::<_, i64>(blocked).fetch_one(&mut *lock).await.unwrap() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    store.house.pulse(0).await.unwrap();
    assert!(!waiting.is_finished(), "the connection was free");
    lock.rollback().await.unwrap();
    waiting.await.unwrap().unwrap();
}

/// Backends that are stopped as a machine stops that vanishes without a word; they go on when this goes.
struct Stopped(Vec<String>);

impl Stopped {
    fn signal(&self, signal: &str) -> bool {
        std::process::Command::new("kill").arg(signal).args(&self.0).status().is_ok_and(|status| status.success())
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

#[tokio::test]
async fn a_server_that_vanishes_without_a_word_does_not_hold_up_the_pulse() {
    let database = fresh_postgres().await;
    let store = database.open().await;
    store.house.pulse(0).await.unwrap();
    let superuser = database.pool(Whose::Superuser).await;
    let pids: Vec<i32> = sqlx::query_scalar(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename LIKE '%app'",
    )
    .fetch_all(&superuser)
    .await
    .unwrap();
    let stopped = Stopped(pids.iter().map(i32::to_string).collect());
    assert!(!pids.is_empty() && stopped.signal("-STOP"), "{pids:?}");
    let patience = Duration::from_millis(300);
    assert!(tokio::time::timeout(patience, store.house.pulse(0)).await.is_err(), "nobody could have answered");
    // As the poll does, which would otherwise wait for the connection that it gave up.
    assert!(tokio::time::timeout(patience, store.house.pulse(0)).await.is_err(), "the connection came back by itself");
    store.house.renew_pulse();
    tokio::time::timeout(Duration::from_secs(20), store.house.pulse(0)).await.unwrap().unwrap();
}

#[tokio::test]
async fn connections_that_the_server_drops_are_replaced_without_an_error() {
    let database = fresh_postgres().await;
    let store = database.open().await;
    let acme = Acme::register(&store, "acme").await;
    let superuser = database.pool(Whose::Superuser).await;
    for _ in 0..5 {
        let readers: Vec<_> = (0..10)
            .map(|_| {
                let (store, id) = (store.clone(), acme.id().clone());
                tokio::spawn(async move { store.tenants.find(&id).await.unwrap().unwrap() })
            })
            .collect();
        for reader in readers {
            reader.await.unwrap();
        }
        let killed: i64 = sqlx::query_scalar(
            "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename LIKE '%app'",
        )
        .fetch_one(&superuser)
        .await
        .unwrap();
        assert!(killed > 0);
        assert!(store.tenants.find(acme.id()).await.unwrap().is_some());
        assert!(store.audit.append(&[acme.event()]).await.is_ok());
    }
}

#[tokio::test]
async fn a_server_that_only_reads_is_not_written_to() {
    let database = fresh_postgres().await;
    let store = database.open_with(2).await;
    let acme = Acme::register(&store, "acme").await;
    let superuser = database.pool(Whose::Superuser).await;
    let set = |value: &'static str| {
        let (superuser, role) = (&superuser, database.app_role.clone().unwrap());
        async move {
            let sql = format!("ALTER ROLE {role} SET default_transaction_read_only = {value}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(superuser).await.unwrap();
            sqlx::query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename LIKE '%app'",
            )
            .execute(superuser)
            .await
            .unwrap();
        }
    };
    // As after a failover: the old primary, found again, only reads.
    set("on").await;
    let refused = store.audit.append(&[acme.event()]).await;
    assert!(matches!(refused, Err(duo_mcp_gateway::store::StoreError::Unavailable(_))), "{refused:?}");
    let superuser_sql =
        format!("ALTER ROLE {} RESET default_transaction_read_only", database.app_role.clone().unwrap());
    sqlx::raw_sql(sqlx::AssertSqlSafe(superuser_sql)).execute(&superuser).await.unwrap();
    store.audit.append(&[acme.event()]).await.unwrap();
}
