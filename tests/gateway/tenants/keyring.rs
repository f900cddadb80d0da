//! The boot check names a wrong or missing key, and changes nothing.

use std::fs;
use std::path::Path;

use duo_mcp_gateway::config::{KeySettings, RingKey};
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::store::{KekRow, Store};
use duo_mcp_gateway::tenants::{Keyring, NotReady};
use duo_mcp_gateway::vault::make_key_file;

use super::house::Folder;
use crate::support::databases::for_each_database;

async fn open(store: &Store, keys: &[(&str, &Path)], data_dir: Option<&Path>) -> Result<Keyring, NotReady> {
    let ring: Vec<RingKey> =
        keys.iter().map(|(id, path)| RingKey::File { id: (*id).into(), path: path.to_path_buf() }).collect();
    let active = keys.first().map(|(id, _)| (*id).to_owned());
    Keyring::open(store, &KeySettings { active, ring }, data_dir, &|_| None, &Random::system()).await
}

#[tokio::test]
async fn a_data_directory_makes_its_own_key_once() {
    for_each_database(async |database| {
        let (folder, store) = (Folder::new(), database.open().await);
        let first = open(&store, &[], Some(folder.path())).await.unwrap();
        let again = open(&store, &[], Some(folder.path())).await.unwrap();
        assert_eq!(first.house.audit(), again.house.audit(), "the same root secret");
        assert_eq!(store.house.kek_values().await.unwrap().len(), 1);
        // The file is lost: no new one is made, because it would open nothing.
        fs::remove_file(folder.path().join("kek-1")).unwrap();
        let error = open(&store, &[], Some(folder.path())).await.unwrap_err();
        assert!(matches!(&error, NotReady::MissingKek(id) if id == "kek-1"), "{error}");
        assert!(!folder.path().join("kek-1").exists());
    })
    .await;
}

#[tokio::test]
async fn a_hosted_installation_without_a_ring_does_not_start() {
    for_each_database(async |database| {
        let store = database.open().await;
        let error = open(&store, &[], None).await.unwrap_err();
        assert!(error.to_string().contains("keys.ring"), "{error}");
        assert_eq!(store.house.root().await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn wrong_bytes_and_missing_keys_are_named_and_change_nothing() {
    for_each_database(async |database| {
        let (folder, store) = (Folder::new(), database.open().await);
        let path = |name: &str| folder.path().join(name);
        for name in ["a", "b", "other"] {
            make_key_file(name, &path(name), &Random::system()).unwrap();
        }
        open(&store, &[("a", &path("a"))], None).await.unwrap();
        let state = async || (store.house.kek_values().await.unwrap(), store.house.root().await.unwrap());
        let before = state().await;

        let error = open(&store, &[("a", &path("other"))], None).await.unwrap_err();
        assert!(matches!(&error, NotReady::WrongKek(id) if id == "a"), "{error}");
        let error = open(&store, &[("b", &path("b")), ("a", &path("other"))], None).await.unwrap_err();
        assert!(matches!(&error, NotReady::WrongKek(id) if id == "a"), "{error}");
        let error = open(&store, &[("b", &path("b"))], None).await.unwrap_err();
        assert!(matches!(&error, NotReady::MissingKek(id) if id == "a"), "{error}");
        assert_eq!(state().await, before, "nothing changed, not even the list of known keys");

        // Both on the ring, the new one active: that is how a rotation begins.
        let ring = open(&store, &[("b", &path("b")), ("a", &path("a"))], None).await.unwrap();
        assert_eq!(ring.vault.ring().active_id(), "b");
        let known: Vec<String> =
            store.house.kek_values().await.unwrap().into_iter().map(|KekRow { id, .. }| id).collect();
        assert_eq!(known, ["a", "b"]);
    })
    .await;
}
