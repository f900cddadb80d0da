//! The house's own rows: its root and the KEKs it knows.

use duo_mcp_gateway::domain::connection::Sealed;
use duo_mcp_gateway::store::{KekRow, WrappedKey};

use super::samples::Acme;
use crate::support::databases::for_each_database;

#[tokio::test]
async fn the_first_root_holds_whoever_sets_it() {
    for_each_database(async |database| {
        let store = database.open().await;
        assert_eq!(store.house.root().await.unwrap(), None);
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let store = store.clone();
                let key = WrappedKey { kek_id: "kek-1".into(), wrapped: Sealed(format!("root-{n}")) };
                tokio::spawn(async move { store.house.set_root_once(&key).await.unwrap() })
            })
            .collect();
        let mut winners = Vec::new();
        for task in tasks {
            winners.push(task.await.unwrap());
        }
        winners.dedup();
        assert_eq!(winners.len(), 1, "{winners:?}");
        assert_eq!(store.house.root().await.unwrap(), winners.pop());
    })
    .await;
}

#[tokio::test]
async fn a_kek_is_remembered_once() {
    for_each_database(async |database| {
        let store = database.open().await;
        let row = |id: &str, check_value: &str| KekRow { id: id.into(), check_value: check_value.into() };
        assert_eq!(store.house.remember_kek("kek-1", "one").await.unwrap(), row("kek-1", "one"));
        assert_eq!(store.house.remember_kek("kek-1", "two").await.unwrap(), row("kek-1", "one"));
        assert_eq!(store.house.kek_values().await.unwrap(), vec![row("kek-1", "one")]);
        assert_eq!(store.house.kek_ids_in_use().await.unwrap(), Vec::<String>::new());
        store.house.set_root_once(&WrappedKey { kek_id: "kek-0".into(), wrapped: Sealed("r".into()) }).await.unwrap();
        Acme::register(&store, "acme").await;
        assert_eq!(store.house.kek_ids_in_use().await.unwrap(), ["kek-0", "kek-1"]);
    })
    .await;
}
