//! Tenants, their keys, and what is left of a tenant that was deleted.

use duo_mcp_gateway::domain::audit::AuditEvent;
use duo_mcp_gateway::domain::connection::Connection;
use duo_mcp_gateway::domain::operation::OperationState;
use duo_mcp_gateway::domain::tenant::{Slug, TenantStatus};
use duo_mcp_gateway::store::StoreError;

use super::samples::{Acme, NOW, connection, data_key, event, house_event, operator, tenant};
use crate::support::databases::for_each_database;

#[tokio::test]
async fn what_is_kept_reads_back() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let found = store.tenants.find(acme.id()).await.unwrap().unwrap();
        assert!(found.revision >= acme.tenant.revision && found.revision > 0);
        assert_eq!(
            (&found.slug, &found.name, found.status),
            (&acme.tenant.slug, &acme.tenant.name, TenantStatus::Active)
        );
        let slug = Slug::parse("acme").unwrap();
        assert_eq!(store.tenants.find_by_slug(&slug).await.unwrap(), Some(found.clone()));
        assert_eq!(store.tenants.list(None, 10).await.unwrap(), vec![found]);
        assert_eq!(store.tenants.list(Some(acme.id()), 10).await.unwrap(), vec![]);
        assert_eq!(store.data_keys.active(acme.id()).await.unwrap(), Some(data_key(acme.id())));
        assert_eq!(store.data_keys.find(acme.id(), 1).await.unwrap(), Some(data_key(acme.id())));
        assert_eq!(store.data_keys.find(acme.id(), 2).await.unwrap(), None);
        assert_eq!(store.connections.list(acme.id()).await.unwrap(), vec![acme.connection.clone()]);
        assert_eq!(store.keys.list(acme.id()).await.unwrap(), vec![acme.key.clone()]);
        let by_hash = store.keys.find_by_hash(&acme.hash).await.unwrap();
        assert_eq!(by_hash, Some((acme.key.clone(), acme.member.clone(), TenantStatus::Active)));
        assert_eq!(store.keys.find_by_hash(&[0; 32]).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_short_name_is_taken_once_and_a_refused_act_leaves_nothing() {
    for_each_database(async |database| {
        let store = database.open().await;
        Acme::register(&store, "acme").await;
        let other = tenant("acme");
        let refused = store.tenants.register(&other, &data_key(&other.id), &event(&other.id)).await;
        assert!(matches!(refused, Err(StoreError::Conflict("slug"))), "{refused:?}");
        assert_eq!(store.tenants.find(&other.id).await.unwrap(), None);
        assert_eq!(store.audit.list(Some(&other.id), None, 10).await.unwrap(), vec![]);
    })
    .await;
}

#[tokio::test]
async fn a_connection_put_again_keeps_its_id_and_goes_with_its_credentials() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let again = connection(acme.id(), "main");
        let kept = store.connections.put(&relabelled(again), &acme.event()).await.unwrap();
        assert_eq!((kept.id, kept.label.as_deref()), (acme.connection.id.clone(), Some("new label")));
        store.credentials.put(&acme.credential(1), &acme.event()).await.unwrap();
        let name = &acme.connection.name;
        assert!(store.connections.delete(acme.id(), name, &acme.event()).await.unwrap());
        assert!(!store.connections.delete(acme.id(), name, &acme.event()).await.unwrap());
        assert_eq!(store.credentials.list(acme.id()).await.unwrap(), vec![]);
    })
    .await;
}

fn relabelled(mut connection: Connection) -> Connection {
    connection.label = Some("new label".into());
    connection
}

#[tokio::test]
async fn a_status_changes_from_what_it_is_and_a_deleted_tenant_stays_deleted() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let (active, suspended) = (TenantStatus::Active, TenantStatus::Suspended);
        let changed = store.tenants.set_status(acme.id(), active, suspended, &acme.event()).await.unwrap().unwrap();
        assert_eq!(changed.status, suspended);
        assert_eq!(store.tenants.set_status(acme.id(), active, suspended, &acme.event()).await.unwrap(), None);
        let (.., status) = store.keys.find_by_hash(&acme.hash).await.unwrap().unwrap();
        assert_eq!(status, suspended);
        assert!(store.tenants.delete(acme.id(), &acme.event()).await.unwrap());
        for from in [active, suspended, TenantStatus::Deleted] {
            assert_eq!(store.tenants.set_status(acme.id(), from, active, &acme.event()).await.unwrap(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn deleting_a_tenant_erases_its_secrets_and_frees_its_name() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        store.credentials.put(&acme.credential(1), &acme.event()).await.unwrap();
        let waiting = acme.begun(&store, OperationState::Waiting).await;
        assert!(store.tenants.delete(acme.id(), &acme.event()).await.unwrap());
        assert!(!store.tenants.delete(acme.id(), &acme.event()).await.unwrap());
        assert_eq!(store.credentials.list(acme.id()).await.unwrap(), vec![]);
        assert_eq!(store.connections.list(acme.id()).await.unwrap(), vec![]);
        assert_eq!(store.data_keys.active(acme.id()).await.unwrap(), None);
        assert_eq!(store.keys.find_by_hash(&acme.hash).await.unwrap(), None);
        assert_eq!(store.operations.find(acme.id(), &waiting.id).await.unwrap(), None);
        assert_eq!(store.members.list(acme.id()).await.unwrap(), vec![]);
        let left = store.tenants.find(acme.id()).await.unwrap().unwrap();
        assert_eq!(left.status, TenantStatus::Deleted);
        assert!(!store.audit.list(Some(acme.id()), None, 100).await.unwrap().is_empty());
        let put = store.connections.put(&acme.connection, &acme.event()).await;
        assert!(matches!(put, Err(StoreError::Conflict(_))), "{put:?}");
        Acme::register(&store, "acme").await;
    })
    .await;
}

#[tokio::test]
async fn a_revoked_key_and_every_other_change_moves_the_pulse() {
    for_each_database(async |database| {
        let store = database.open().await;
        let (acme, other) = (Acme::register(&store, "acme").await, Acme::register(&store, "other").await);
        let before = store.house.pulse(0).await.unwrap();
        assert_eq!((before.changed.len(), before.all), (2, false));
        assert!(before.now > NOW);
        assert_eq!(store.house.pulse(before.counter).await.unwrap().changed, vec![]);

        let at = NOW.plus_seconds(1);
        assert!(store.keys.revoke(acme.id(), &acme.key.id, at, &acme.event()).await.unwrap());
        assert!(!store.keys.revoke(acme.id(), &acme.key.id, at, &acme.event()).await.unwrap());
        let after = store.house.pulse(before.counter).await.unwrap();
        assert_eq!((after.counter, after.changed), (before.counter + 1, vec![acme.id().clone()]));
        let (key, ..) = store.keys.find_by_hash(&acme.hash).await.unwrap().unwrap();
        assert_eq!(key.revoked_at, Some(at));

        store.keys.touch(&[(other.id().clone(), other.key.id.clone())], at).await.unwrap();
        assert_eq!(store.house.pulse(after.counter).await.unwrap().changed, vec![]);
        let used = store.keys.find(other.id(), &other.key.id).await.unwrap().unwrap();
        assert_eq!(used.last_used_at, Some(at));
        assert!(store.house.pulse(after.counter + 100).await.unwrap().all, "an older database than was seen before");
    })
    .await;
}

#[tokio::test]
async fn an_event_of_another_tenant_is_refused_with_its_act() {
    for_each_database(async |database| {
        let store = database.open().await;
        let (acme, other) = (Acme::register(&store, "acme").await, Acme::register(&store, "other").await);
        for wrong in [other.event(), house_event()] {
            let refused = store.keys.revoke(acme.id(), &acme.key.id, NOW, &wrong).await;
            assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
        }
        assert_eq!(store.keys.find(acme.id(), &acme.key.id).await.unwrap().unwrap().revoked_at, None);
    })
    .await;
}

#[tokio::test]
async fn audit_rows_are_listed_newest_first_and_in_pages() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let events: Vec<_> = (0..150)
            .map(|n| AuditEvent { at: NOW.plus_seconds(1 + n / 3), ..acme.event() })
            .chain([house_event()])
            .collect();
        store.audit.append(&events).await.unwrap();
        store.audit.append(&[]).await.unwrap();
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = store.audit.list(Some(acme.id()), after.clone(), 40).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some((last.at, last.id.clone()));
            seen.extend(page);
        }
        assert_eq!(seen.len(), 154, "150 and the four of registering");
        assert!(seen.windows(2).all(|two| two[0].at >= two[1].at));
        assert!(events.iter().filter(|event| event.tenant.is_some()).all(|event| seen.contains(event)));
        assert_eq!(store.audit.list(None, None, 1000).await.unwrap().len(), 155);
    })
    .await;
}

#[tokio::test]
async fn operators_begin_with_one_and_their_sessions_end_with_them() {
    for_each_database(async |database| {
        let store = database.open().await;
        let (first, second) = (operator("Ann"), operator("Bob"));
        let (begun_first, begun_second) = (house_event(), house_event());
        let (a, b) = tokio::join!(
            store.operators.bootstrap(&first, &[1; 32], &begun_first),
            store.operators.bootstrap(&second, &[2; 32], &begun_second),
        );
        assert!(a.unwrap() ^ b.unwrap(), "one of two at once");
        let known = store.operators.list().await.unwrap();
        assert_eq!(known.len(), 1);
        let (ann, hash) = (operator("Cid"), [3; 32]);
        store.operators.create(&ann, &hash, &house_event()).await.unwrap();
        assert_eq!(store.operators.find_by_hash(&hash).await.unwrap(), Some(ann.clone()));

        let session = [9; 32];
        store.operators.open_session(&session, &ann.id, NOW.plus_seconds(60)).await.unwrap();
        assert_eq!(store.operators.session(&session, NOW).await.unwrap(), Some(ann.clone()));
        assert_eq!(store.operators.session(&session, NOW.plus_seconds(60)).await.unwrap(), None);
        store.operators.open_session(&[8; 32], &ann.id, NOW.plus_seconds(60)).await.unwrap();
        store.operators.close_session(&[8; 32]).await.unwrap();
        assert_eq!(store.operators.session(&[8; 32], NOW).await.unwrap(), None);
        assert!(store.operators.revoke(&ann.id, NOW, &house_event()).await.unwrap());
        assert!(!store.operators.revoke(&ann.id, NOW, &house_event()).await.unwrap());
        assert_eq!(store.operators.session(&session, NOW).await.unwrap(), None);
    })
    .await;
}
