//! Credentials: versions, checks, and what a connection has to do with them.

use duo_mcp_gateway::domain::connection::{Api, CredentialStatus, SealedCredential};
use duo_mcp_gateway::store::StoreError;

use super::samples::{Acme, NOW, credential, event};
use crate::support::databases::for_each_database;

#[tokio::test]
async fn a_version_follows_the_stored_one_or_is_refused() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let refused = store.credentials.put(&acme.credential(2), &acme.event()).await;
        assert!(matches!(refused, Err(StoreError::Conflict("version"))), "{refused:?}");
        let first = acme.credential(1);
        store.credentials.put(&first, &acme.event()).await.unwrap();
        let refused = store.credentials.put(&acme.credential(1), &acme.event()).await;
        assert!(matches!(refused, Err(StoreError::Conflict("version"))), "{refused:?}");
        let found = store.credentials.find(acme.id(), &acme.connection.id, Api::Admin).await.unwrap();
        assert_eq!(found, Some(first));
        let second = acme.credential(2);
        store.credentials.put(&second, &acme.event()).await.unwrap();
        assert_eq!(store.credentials.list(acme.id()).await.unwrap(), vec![second]);
    })
    .await;
}

#[tokio::test]
async fn of_ten_that_replace_the_same_version_one_does() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        store.credentials.put(&acme.credential(1), &acme.event()).await.unwrap();
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let (store, next, event) = (store.clone(), acme.credential(2), acme.event());
                tokio::spawn(async move { store.credentials.put(&next, &event).await })
            })
            .collect();
        let mut kept = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(()) => kept += 1,
                Err(error) => assert!(matches!(error, StoreError::Conflict("version")), "{error:?}"),
            }
        }
        assert_eq!(kept, 1);
    })
    .await;
}

#[tokio::test]
async fn a_check_is_noted_for_the_version_that_was_checked() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let first = acme.credential(1);
        store.credentials.put(&first, &acme.event()).await.unwrap();
        let grants = vec!["Grant read resource".to_owned()];
        let verified = CredentialStatus::Verified;
        let check = |version| {
            let (store, acme, first, grants) = (&store, &acme, &first, &grants);
            async move {
                let event = acme.event();
                store.credentials.checked(acme.id(), &first.id, version, verified, grants, NOW, &event).await.unwrap()
            }
        };
        assert!(!check(2).await);
        assert!(check(1).await);
        let rejected = CredentialStatus::Rejected;
        let later = NOW.plus_seconds(9);
        let event = acme.event();
        assert!(store.credentials.checked(acme.id(), &first.id, 1, rejected, &[], later, &event).await.unwrap());
        let found = store.credentials.find(acme.id(), &acme.connection.id, Api::Admin).await.unwrap().unwrap();
        let expected = SealedCredential { status: rejected, grants: vec![], verified_at: Some(NOW), ..first.clone() };
        assert_eq!(found, expected);
        assert!(store.credentials.delete(acme.id(), &acme.connection.id, Api::Admin, &acme.event()).await.unwrap());
        assert!(!store.credentials.delete(acme.id(), &acme.connection.id, Api::Admin, &acme.event()).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_credential_cannot_hang_on_another_tenants_connection() {
    for_each_database(async |database| {
        let store = database.open().await;
        let (acme, other) = (Acme::register(&store, "acme").await, Acme::register(&store, "other").await);
        let foreign = credential(acme.id(), &other.connection.id, 1);
        let refused = store.credentials.put(&foreign, &event(acme.id())).await;
        assert!(matches!(refused, Err(StoreError::Conflict("connection"))), "{refused:?}");
    })
    .await;
}
