//! Leases: one replica at a time carries an operation out, and another takes over.

use std::collections::BTreeSet;

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::operation::OperationState;
use duo_mcp_gateway::store::{Lease, NewOperation};

use super::samples::{Acme, NOW, done, lease, new};
use crate::support::databases::for_each_database;

#[tokio::test]
async fn twenty_workers_claim_fifty_operations_each_once() {
    for_each_database(async |database| {
        let (one, two) = (database.open().await, database.open().await);
        let (acme, other) = (Acme::register(&one, "acme").await, Acme::register(&one, "other").await);
        let mut expected = BTreeSet::new();
        for n in 0..50 {
            let owner = if n % 2 == 0 { &acme } else { &other };
            let operation = owner.begun(&one, OperationState::Waiting).await;
            let event = owner.event();
            one.operations.decide(owner.id(), &operation.id, true, &Actor::Console, NOW, &event).await.unwrap();
            expected.insert(operation.id);
        }
        let workers: Vec<_> = (0..20)
            .map(|n| {
                let store = if n % 2 == 0 { one.clone() } else { two.clone() };
                tokio::spawn(async move {
                    let lease = lease(NOW.plus_seconds(60));
                    let (mut taken, mut misses) = (Vec::new(), 0);
                    // Nothing taken does not mean that nothing is left, so a worker looks again.
                    while misses < 5 {
                        match store.operations.claim(&lease, NOW).await.unwrap() {
                            Some(operation) => taken.push(operation.id),
                            None => misses += 1,
                        }
                    }
                    taken
                })
            })
            .collect();
        let mut taken = Vec::new();
        for worker in workers {
            taken.extend(worker.await.unwrap());
        }
        assert_eq!(taken.len(), 50);
        assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), expected);
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_ran_out_is_taken_over_and_the_first_holder_is_out() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let (first, later) = (lease(NOW.plus_seconds(30)), NOW.plus_seconds(31));
        let operation = acme.operation(OperationState::Running);
        store.operations.begin(NewOperation { lease: Some(&first), ..new(&operation) }, &[]).await.unwrap();
        let second = lease(later.plus_seconds(30));
        assert_eq!(store.operations.claim(&second, NOW.plus_seconds(29)).await.unwrap(), None, "it is held");

        let (tenant, id) = (acme.id(), &operation.id);
        assert!(store.steps.sending(tenant, id, &first.replica, 0, 0, NOW.plus_seconds(20)).await.unwrap());
        let taken = store.operations.claim(&second, later).await.unwrap().unwrap();
        assert_eq!((&taken.id, taken.payload), (id, operation.payload.clone()));

        let finish = |replica| {
            let (store, acme) = (&store, &acme);
            async move {
                let results = [done()];
                let event = acme.event();
                store
                    .operations
                    .finish(acme.id(), id, replica, OperationState::Done, &results, later, &event)
                    .await
                    .unwrap()
            }
        };
        assert!(!store.operations.renew(id, &first).await.unwrap());
        assert!(!store.steps.sending(tenant, id, &first.replica, 1, 0, later).await.unwrap());
        assert!(!store.steps.result(tenant, id, &first.replica, 0, &[done()]).await.unwrap());
        assert!(!finish(&first.replica).await);

        assert!(store.operations.renew(id, &second).await.unwrap());
        let stale = store.steps.sending(tenant, id, &second.replica, 0, 0, later).await.unwrap();
        assert!(!stale, "a second task of the same replica that has not seen the first attempt sends nothing");
        assert!(store.steps.sending(tenant, id, &second.replica, 0, 1, later).await.unwrap());
        assert!(store.steps.result(tenant, id, &second.replica, 0, &[done()]).await.unwrap());
        assert!(!store.steps.result(tenant, id, &second.replica, 0, &[done()]).await.unwrap(), "it is noted once");
        assert!(!store.steps.sending(tenant, id, &second.replica, 0, 2, later).await.unwrap(), "it has its result");
        let steps = store.steps.list(tenant, id).await.unwrap();
        assert_eq!((steps[0].attempts, steps[0].results.clone()), (2, Some(vec![done()])));
        assert!(finish(&second.replica).await);
        assert!(!finish(&second.replica).await);
        let over = store.operations.find(tenant, id).await.unwrap().unwrap();
        assert_eq!((over.state, over.results, over.payload), (OperationState::Done, vec![done()], None));
        assert_eq!(over.finished_at, Some(later));
    })
    .await;
}

#[tokio::test]
async fn a_send_under_way_keeps_the_lease_and_no_renewal_makes_it_shorter() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let first = lease(NOW.plus_seconds(30));
        let operation = acme.operation(OperationState::Running);
        store.operations.begin(NewOperation { lease: Some(&first), ..new(&operation) }, &[]).await.unwrap();
        let deadline = NOW.plus_seconds(75);
        assert!(store.steps.sending(acme.id(), &operation.id, &first.replica, 0, 0, deadline).await.unwrap());
        let shorter = Lease { until: NOW.plus_seconds(40), ..first.clone() };
        assert!(store.operations.renew(&operation.id, &shorter).await.unwrap());
        let second = lease(NOW.plus_seconds(120));
        assert_eq!(store.operations.claim(&second, NOW.plus_seconds(74)).await.unwrap(), None);
        assert!(store.operations.claim(&second, NOW.plus_seconds(76)).await.unwrap().is_some());
    })
    .await;
}
