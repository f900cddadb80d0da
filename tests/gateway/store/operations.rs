//! Operations: how they begin, who decides them, and that each decision holds once.

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::ids::OperationId;
use duo_mcp_gateway::domain::operation::{Operation, OperationState};
use duo_mcp_gateway::store::{Begun, Decided, ListOperations, NewOperation, StandingUse};

use super::samples::{Acme, NOW, id, lease, new, repeatable};
use crate::support::databases::for_each_database;

#[tokio::test]
async fn an_operation_reads_back_with_its_steps() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let operation = acme.operation(OperationState::Waiting);
        let begun = store.operations.begin(NewOperation { steps: 130, ..new(&operation) }, &[acme.event()]).await;
        assert_eq!(begun.unwrap(), Begun::New);
        assert_eq!(store.operations.find(acme.id(), &operation.id).await.unwrap(), Some(operation.clone()));
        assert_eq!(store.operations.find_anywhere(&operation.id).await.unwrap(), Some(operation.clone()));
        let steps = store.steps.list(acme.id(), &operation.id).await.unwrap();
        assert!(steps.iter().map(|step| step.position).eq(0..130));
        assert!(steps.iter().all(|step| step.attempts == 0 && step.results.is_none() && step.send_deadline.is_none()));
    })
    .await;
}

#[tokio::test]
async fn lists_are_newest_first_in_pages_and_by_state_and_caller() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let mut made = Vec::new();
        for n in 0..25 {
            let state = if n % 5 == 0 { OperationState::Waiting } else { OperationState::Approved };
            let operation = Operation { created_at: NOW.plus_seconds(n / 2), ..acme.operation(state) };
            store.operations.begin(new(&operation), &[]).await.unwrap();
            made.push(operation);
        }
        let mut seen: Vec<Operation> = Vec::new();
        loop {
            let after = seen.last().map(|operation| operation.id.clone());
            let which = ListOperations { after: after.as_ref(), limit: 7, ..ListOperations::default() };
            let page = store.operations.list(acme.id(), which).await.unwrap();
            if page.is_empty() {
                break;
            }
            seen.extend(page);
        }
        assert_eq!(seen.len(), 25);
        assert!(seen.windows(2).all(|two| two[0].created_at >= two[1].created_at));
        assert!(made.iter().all(|operation| seen.contains(operation)));
        let waiting = ListOperations { state: Some(OperationState::Waiting), limit: 50, ..ListOperations::default() };
        assert_eq!(store.operations.list(acme.id(), waiting).await.unwrap().len(), 5);
        let mine = ListOperations { caller: Some(acme.key.id.as_str()), limit: 50, ..ListOperations::default() };
        assert_eq!(store.operations.list(acme.id(), mine).await.unwrap().len(), 25);
        let nobodys = ListOperations { caller: Some("key_x"), limit: 50, ..ListOperations::default() };
        assert_eq!(store.operations.list(acme.id(), nobodys).await.unwrap(), vec![]);
        let oldest = store.operations.waiting(None, 3, NOW).await.unwrap();
        assert_eq!(oldest.len(), 3);
        assert!(oldest.windows(2).all(|two| two[0].created_at <= two[1].created_at));
        let rest = store.operations.waiting(Some(&oldest[2].id), 9, NOW).await.unwrap();
        assert_eq!(rest.len(), 2);
        assert!(rest.iter().all(|operation| !oldest.contains(operation)));
        let later = NOW.plus_seconds(100_000);
        assert_eq!(store.operations.waiting(None, 9, later).await.unwrap(), vec![], "all ran out");
    })
    .await;
}

#[tokio::test]
async fn no_more_of_one_key_wait_than_may() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let begin = async |acme: &Acme, state, at: i64| {
            let created_at = NOW.plus_seconds(at);
            let operation = Operation { created_at, expires_at: created_at.plus_seconds(600), ..acme.operation(state) };
            store.operations.begin(NewOperation { most_open: Some(3), ..new(&operation) }, &[]).await.unwrap()
        };
        acme.begun(&store, OperationState::Running).await;
        for state in [OperationState::Waiting, OperationState::Asking, OperationState::Waiting] {
            assert_eq!(begin(&acme, state, 0).await, Begun::New);
        }
        assert_eq!(begin(&acme, OperationState::Waiting, 599).await, Begun::TooManyOpen);
        assert_eq!(begin(&acme, OperationState::Asking, 599).await, Begun::TooManyOpen);
        let other = Acme::register(&store, "other").await;
        assert_eq!(begin(&other, OperationState::Waiting, 599).await, Begun::New, "another key");
        assert_eq!(begin(&acme, OperationState::Waiting, 600).await, Begun::New, "the others ran out");
    })
    .await;
}

#[tokio::test]
async fn of_ten_identical_calls_at_once_one_is_new() {
    for_each_database(async |database| {
        let (one, two) = (database.open().await, database.open().await);
        let acme = Acme::register(&one, "acme").await;
        let first = acme.operation(OperationState::Waiting);
        let tasks: Vec<_> = (0..10)
            .map(|n| {
                let store = if n % 2 == 0 { one.clone() } else { two.clone() };
                let operation = Operation { id: id(OperationId::new), ..first.clone() };
                let event = acme.event();
                tokio::spawn(async move {
                    let begun = store.operations.begin(repeatable(&operation), &[event]).await;
                    (operation.id, begun.unwrap())
                })
            })
            .collect();
        let (mut began, mut repeats) = (Vec::new(), Vec::new());
        for task in tasks {
            match task.await.unwrap() {
                (id, Begun::New) => began.push(id),
                (_, Begun::Repeat(first)) => repeats.push(first.id),
                (_, other) => panic!("{other:?}"),
            }
        }
        assert_eq!((began.len(), repeats.len()), (1, 9));
        assert!(repeats.iter().all(|id| *id == began[0]));
    })
    .await;
}

#[tokio::test]
async fn what_is_over_or_was_never_repeatable_is_no_repeat() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let first = acme.begun(&store, OperationState::Waiting).await;
        let again = |at: i64| Operation {
            id: id(OperationId::new),
            created_at: NOW.plus_seconds(at),
            expires_at: NOW.plus_seconds(at + 600),
            ..first.clone()
        };
        assert_eq!(store.operations.begin(new(&again(1)), &[]).await.unwrap(), Begun::New);
        assert!(matches!(store.operations.begin(repeatable(&again(2)), &[]).await.unwrap(), Begun::Repeat(_)));
        assert_eq!(
            store.operations.begin(repeatable(&again(700)), &[]).await.unwrap(),
            Begun::New,
            "the first ran out"
        );

        let unknown = acme.operation(OperationState::Running);
        let lease = lease(NOW.plus_seconds(60));
        store.operations.begin(NewOperation { lease: Some(&lease), ..new(&unknown) }, &[]).await.unwrap();
        let end = |state| {
            let (store, acme, unknown, lease) = (&store, &acme, &unknown, &lease);
            async move {
                let event = acme.event();
                store.operations.finish(acme.id(), &unknown.id, &lease.replica, state, &[], NOW, &event).await.unwrap()
            }
        };
        assert!(end(OperationState::OutcomeUnknown).await);
        let later = |hours: i64| Operation {
            id: id(OperationId::new),
            created_at: NOW.plus_seconds(hours * 3600),
            expires_at: NOW.plus_seconds(hours * 3600 + 600),
            ..unknown.clone()
        };
        assert!(matches!(store.operations.begin(repeatable(&later(23)), &[]).await.unwrap(), Begun::Repeat(_)));
        assert_eq!(store.operations.begin(repeatable(&later(25)), &[]).await.unwrap(), Begun::New);
    })
    .await;
}

#[tokio::test]
async fn what_ended_after_a_change_was_asked_for_was_under_way_then() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let (first, lease, event) =
            (acme.operation(OperationState::Running), lease(NOW.plus_seconds(60)), acme.event());
        store.operations.begin(NewOperation { lease: Some(&lease), ..new(&first) }, &[]).await.unwrap();
        let over = OperationState::Done;
        assert!(store.operations.finish(acme.id(), &first.id, &lease.replica, over, &[], NOW, &event).await.unwrap());
        let again = Operation { id: id(OperationId::new), ..first.clone() };
        let asked_at = |since| NewOperation { repeats_since: Some(since), ..new(&again) };
        let repeat = store.operations.begin(asked_at(NOW.plus_ms(-1)), &[]).await.unwrap();
        assert!(matches!(repeat, Begun::Repeat(earlier) if earlier.id == first.id));
        assert_eq!(store.operations.begin(asked_at(NOW), &[]).await.unwrap(), Begun::New);
    })
    .await;
}

#[tokio::test]
async fn a_standing_approval_is_used_as_often_as_it_allows_over_two_replicas() {
    for_each_database(async |database| {
        let (one, two) = (database.open().await, database.open().await);
        let acme = Acme::register(&one, "acme").await;
        let standing = StandingUse { approval: "digest".into(), per_hour: 5 };
        let tasks: Vec<_> = (0..20)
            .map(|n| {
                let store = if n % 2 == 0 { one.clone() } else { two.clone() };
                let (operation, standing) = (acme.operation(OperationState::Running), standing.clone());
                let event = acme.event();
                tokio::spawn(async move {
                    let lease = lease(NOW.plus_seconds(60));
                    let new = NewOperation { lease: Some(&lease), standing: Some(&standing), ..new(&operation) };
                    store.operations.begin(new, &[event]).await.unwrap()
                })
            })
            .collect();
        let mut began = 0;
        for task in tasks {
            match task.await.unwrap() {
                Begun::New => began += 1,
                other => assert_eq!(other, Begun::StandingUsedUp),
            }
        }
        assert_eq!(began, 5);
        let later = Operation { created_at: NOW.plus_seconds(3601), ..acme.operation(OperationState::Waiting) };
        let new = NewOperation { standing: Some(&standing), ..new(&later) };
        assert_eq!(one.operations.begin(new, &[]).await.unwrap(), Begun::New, "an hour later");
    })
    .await;
}

#[tokio::test]
async fn an_operation_is_decided_once() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let operation = acme.begun(&store, OperationState::Waiting).await;
        let before = store.audit.list(Some(acme.id()), None, 100).await.unwrap().len();
        let tasks: Vec<_> = (0..10)
            .map(|n| {
                let (store, operation, event) = (store.clone(), operation.clone(), acme.event());
                tokio::spawn(async move {
                    let yes = n % 2 == 0;
                    store.operations.decide(&operation.tenant, &operation.id, yes, &Actor::Console, NOW, &event).await
                })
            })
            .collect();
        let mut done = Vec::new();
        for task in tasks {
            match task.await.unwrap().unwrap() {
                Decided::Done(operation) => done.push(operation),
                Decided::Not(operation) => assert_ne!(operation.state, OperationState::Waiting),
                Decided::Unknown => panic!("it is there"),
            }
        }
        assert_eq!(done.len(), 1);
        let now = store.operations.find(acme.id(), &operation.id).await.unwrap().unwrap();
        assert_eq!((now.state, &now.decided_by), (done[0].state, &Some(Actor::Console)));
        assert_eq!(now.payload.is_none(), now.state == OperationState::Denied, "a denied plan is wiped");
        assert_eq!(store.audit.list(Some(acme.id()), None, 100).await.unwrap().len(), before + 1);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_decided_too_late_or_for_another_tenant() {
    for_each_database(async |database| {
        let store = database.open().await;
        let (acme, other) = (Acme::register(&store, "acme").await, Acme::register(&store, "other").await);
        let operation = acme.begun(&store, OperationState::Waiting).await;
        let late = operation.expires_at;
        let decided =
            store.operations.decide(acme.id(), &operation.id, true, &Actor::Console, late, &acme.event()).await;
        assert!(matches!(decided.unwrap(), Decided::Not(_)));
        let decided =
            store.operations.decide(other.id(), &operation.id, true, &Actor::Console, NOW, &other.event()).await;
        assert_eq!(decided.unwrap(), Decided::Unknown);

        let form = acme.begun(&store, OperationState::Asking).await;
        let event = |_: &Operation| acme.event();
        assert_eq!(store.operations.expire(late.plus_ms(-1), &event).await.unwrap(), 0);
        assert_eq!(store.operations.expire(late, &event).await.unwrap(), 2);
        for id in [&operation.id, &form.id] {
            let expired = store.operations.find(acme.id(), id).await.unwrap().unwrap();
            assert_eq!(
                (expired.state, expired.payload, expired.finished_at),
                (OperationState::Expired, None, Some(late))
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_form_is_taken_once_and_not_after_a_no() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let form = acme.begun(&store, OperationState::Asking).await;
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let (store, form, event) = (store.clone(), form.clone(), acme.event());
                tokio::spawn(async move {
                    let lease = lease(NOW.plus_seconds(60));
                    store.operations.take_form(&form.tenant, &form.id, &lease, NOW, &event).await.unwrap()
                })
            })
            .collect();
        let mut taken = Vec::new();
        for task in tasks {
            taken.extend(task.await.unwrap());
        }
        assert_eq!(taken.len(), 1);
        assert_eq!((taken[0].state, &taken[0].decided_by), (OperationState::Running, &Some(acme.actor())));

        let refused = acme.begun(&store, OperationState::Asking).await;
        let by = acme.actor();
        assert!(store.operations.refuse_form(acme.id(), &refused.id, &by, NOW, &acme.event()).await.unwrap());
        assert!(!store.operations.refuse_form(acme.id(), &refused.id, &by, NOW, &acme.event()).await.unwrap());
        let lease = lease(NOW.plus_seconds(60));
        assert_eq!(store.operations.take_form(acme.id(), &refused.id, &lease, NOW, &acme.event()).await.unwrap(), None);

        let late = acme.begun(&store, OperationState::Asking).await;
        let at = late.expires_at;
        assert_eq!(store.operations.take_form(acme.id(), &late.id, &lease, at, &acme.event()).await.unwrap(), None);
        assert!(store.operations.cancel(acme.id(), &late.id, &by, NOW, &acme.event()).await.unwrap());
        assert!(!store.operations.cancel(acme.id(), &form.id, &by, NOW, &acme.event()).await.unwrap(), "it runs");
    })
    .await;
}
