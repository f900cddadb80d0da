//! Pushes: the caps hold over all replicas, and each push has one end.

use duo_mcp_gateway::domain::push::{Push, PushCaps, PushRefused, PushState};
use duo_mcp_gateway::store::{Lease, Store};

use super::samples::{Acme, NOW, lease};
use crate::support::databases::for_each_database;

const CAPS: PushCaps = PushCaps {
    per_person: 3,
    passcodes_per_person: 5,
    person_window_ms: 600_000,
    per_tenant_hour: 5,
    cool_down_ms: 1_800_000,
};

async fn reserve(store: &Store, acme: &Acme, user: &str, at: i64) -> Result<Push, PushRefused> {
    let now = NOW.plus_seconds(at);
    let push = Push { created_at: now, ..acme.push(user) };
    store.pushes.reserve(&push, &CAPS, now, &acme.event()).await.unwrap().map_or(Ok(push), Err)
}

async fn try_passcode(store: &Store, acme: &Acme, user: &str, at: i64) -> Result<Push, PushRefused> {
    let now = NOW.plus_seconds(at);
    let push = Push { factor: "passcode".into(), created_at: now, ..acme.push(user) };
    store.pushes.reserve(&push, &CAPS, now, &acme.event()).await.unwrap().map_or(Ok(push), Err)
}

async fn end(store: &Store, push: &Push, state: PushState, at: i64) -> bool {
    let at = NOW.plus_seconds(at);
    store.pushes.finish(&push.tenant, &push.id, state, Some("word"), Some("sentence"), at).await.unwrap()
}

#[tokio::test]
async fn one_is_open_for_a_person_at_a_time() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let first = reserve(&store, &acme, "DU1", 0).await.unwrap();
        assert_eq!(reserve(&store, &acme, "DU1", 1).await, Err(PushRefused::OneIsWaiting));
        assert!(store.pushes.sent(acme.id(), &first.id, "tx-1").await.unwrap());
        assert!(!store.pushes.sent(acme.id(), &first.id, "tx-2").await.unwrap());
        assert_eq!(reserve(&store, &acme, "DU1", 2).await, Err(PushRefused::OneIsWaiting));
        assert!(reserve(&store, &acme, "DU2", 2).await.is_ok(), "somebody else");
        assert!(end(&store, &first, PushState::Allow, 3).await);
        assert!(!end(&store, &first, PushState::Deny, 4).await, "it ended");
        let found = store.pushes.find_by_txid(acme.id(), "tx-1").await.unwrap().unwrap();
        assert_eq!(
            (found.state, found.status.as_deref(), found.status_msg.as_deref()),
            (PushState::Allow, Some("word"), Some("sentence"))
        );
        assert!(reserve(&store, &acme, "DU1", 5).await.is_ok());
        assert!(reserve(&store, &acme, "DU1", 5 + 121).await.is_ok(), "nothing was heard of the other for two minutes");
    })
    .await;
}

#[tokio::test]
async fn a_person_and_a_tenant_have_caps_that_say_when_there_is_room() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        for at in [0, 10, 20] {
            let push = reserve(&store, &acme, "DU1", at).await.unwrap();
            assert!(end(&store, &push, PushState::Timeout, at + 1).await);
        }
        let full = PushRefused::Person { retry_at: NOW.plus_seconds(600) };
        assert_eq!(reserve(&store, &acme, "DU1", 30).await, Err(full));
        for (user, at) in [("DU2", 31), ("DU3", 32)] {
            let push = reserve(&store, &acme, user, at).await.unwrap();
            assert!(end(&store, &push, PushState::Timeout, at).await);
        }
        let full = PushRefused::Tenant { retry_at: NOW.plus_seconds(3600) };
        assert_eq!(reserve(&store, &acme, "DU4", 33).await, Err(full));
        let other = Acme::register(&store, "other").await;
        assert!(reserve(&store, &other, "DU1", 34).await.is_ok(), "another tenant");
        assert!(reserve(&store, &acme, "DU1", 3600).await.is_ok(), "the first left the hour");
    })
    .await;
}

#[tokio::test]
async fn a_no_is_a_pause_unless_it_was_a_passcode_and_what_was_not_sent_does_not_count() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        for (user, state) in [("DU1", PushState::Deny), ("DU2", PushState::Fraud)] {
            let push = reserve(&store, &acme, user, 0).await.unwrap();
            assert!(end(&store, &push, state, 5).await);
            let pause = PushRefused::CoolDown { retry_at: NOW.plus_seconds(1805) };
            assert_eq!(reserve(&store, &acme, user, 1804).await, Err(pause));
            let push = reserve(&store, &acme, user, 1805).await.unwrap();
            assert!(end(&store, &push, PushState::NotSent, 1805).await);
        }
        for at in 0..5 {
            let passcode = try_passcode(&store, &acme, "DU3", at).await.unwrap();
            assert!(end(&store, &passcode, PushState::Deny, at).await);
        }
        for at in 10..16 {
            let push = reserve(&store, &acme, "DU3", at).await.unwrap();
            assert!(end(&store, &push, PushState::NotSent, at).await);
        }
    })
    .await;
}

#[tokio::test]
async fn passcodes_cannot_be_guessed_for_long_nor_after_a_no() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        for (at, state) in [PushState::Deny, PushState::Allow, PushState::NotSent, PushState::Deny, PushState::Deny]
            .into_iter()
            .enumerate()
        {
            let at = i64::try_from(at).unwrap();
            let passcode = try_passcode(&store, &acme, "DU1", at).await.unwrap();
            assert!(end(&store, &passcode, state, at).await);
        }
        let full = PushRefused::Person { retry_at: NOW.plus_seconds(600) };
        assert_eq!(try_passcode(&store, &acme, "DU1", 599).await, Err(full));
        assert!(try_passcode(&store, &acme, "DU2", 599).await.is_ok(), "somebody else");
        assert!(try_passcode(&store, &acme, "DU1", 600).await.is_ok(), "the first left the window");
        for (user, state) in [("DU3", PushState::Deny), ("DU4", PushState::Fraud)] {
            let push = reserve(&store, &acme, user, 0).await.unwrap();
            assert!(end(&store, &push, state, 5).await);
            let pause = PushRefused::CoolDown { retry_at: NOW.plus_seconds(1805) };
            assert_eq!(try_passcode(&store, &acme, user, 1804).await, Err(pause));
            assert!(try_passcode(&store, &acme, user, 1805).await.is_ok());
        }
    })
    .await;
}

#[tokio::test]
async fn twenty_at_once_over_two_replicas_stay_within_the_caps() {
    for_each_database(async |database| {
        let (one, two) = (database.open().await, database.open().await);
        let acme = Acme::register(&one, "acme").await;
        let tasks: Vec<_> = (0..20)
            .map(|n| {
                let store = if n % 2 == 0 { one.clone() } else { two.clone() };
                let (push, event) = (acme.push("DU1"), acme.event());
                tokio::spawn(async move { store.pushes.reserve(&push, &CAPS, NOW, &event).await.unwrap() })
            })
            .collect();
        let mut reserved = 0;
        for task in tasks {
            match task.await.unwrap() {
                None => reserved += 1,
                refused => assert_eq!(refused, Some(PushRefused::OneIsWaiting)),
            }
        }
        assert_eq!(reserved, 1);
        let tasks: Vec<_> = (0..20)
            .map(|n| {
                let store = if n % 2 == 0 { one.clone() } else { two.clone() };
                let (push, event) = (acme.push(&format!("DX{n}")), acme.event());
                tokio::spawn(async move { store.pushes.reserve(&push, &CAPS, NOW, &event).await.unwrap() })
            })
            .collect();
        let mut reserved = 0;
        for task in tasks {
            reserved += usize::from(task.await.unwrap().is_none());
        }
        assert_eq!(reserved, 4, "five in an hour, with the one before");
    })
    .await;
}

#[tokio::test]
async fn a_push_is_followed_by_one_replica_and_taken_over() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let push = reserve(&store, &acme, "DU1", 0).await.unwrap();
        let (first, second) = (lease(NOW.plus_seconds(30)), lease(NOW.plus_seconds(90)));
        assert_eq!(store.pushes.claim_to_follow(&first, NOW).await.unwrap(), None, "Duo has not taken it yet");
        assert!(store.pushes.sent(acme.id(), &push.id, "tx").await.unwrap());
        let followed = store.pushes.claim_to_follow(&first, NOW).await.unwrap().unwrap();
        assert_eq!((followed.id.clone(), followed.txid.as_deref()), (push.id.clone(), Some("tx")));
        assert_eq!(store.pushes.claim_to_follow(&second, NOW).await.unwrap(), None);
        assert!(store.pushes.claim_to_follow(&second, NOW.plus_seconds(31)).await.unwrap().is_some());
        assert!(end(&store, &push, PushState::Allow, 32).await);
        assert_eq!(store.pushes.claim_to_follow(&first, NOW.plus_seconds(999)).await.unwrap(), None);

        let lost = reserve(&store, &acme, "DU2", 40).await.unwrap();
        assert_eq!(store.pushes.abandon(NOW.plus_seconds(100)).await.unwrap(), 0);
        assert_eq!(store.pushes.abandon(NOW.plus_seconds(200)).await.unwrap(), 1);
        assert!(!store.pushes.sent(acme.id(), &lost.id, "late").await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn who_follows_a_push_keeps_it_by_renewing_and_may_let_it_go() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let push = reserve(&store, &acme, "DU1", 0).await.unwrap();
        assert!(store.pushes.sent(acme.id(), &push.id, "tx").await.unwrap());
        let (first, second) = (lease(NOW.plus_seconds(30)), lease(NOW.plus_seconds(200)));
        assert!(store.pushes.claim_to_follow(&first, NOW).await.unwrap().is_some());
        let longer = Lease { until: NOW.plus_seconds(60), ..first.clone() };
        assert!(store.pushes.keep_following(&push.id, &longer).await.unwrap());
        assert_eq!(store.pushes.claim_to_follow(&second, NOW.plus_seconds(45)).await.unwrap(), None, "it was renewed");

        assert_eq!(store.pushes.let_go(&second.replica).await.unwrap(), 0, "it is not this one's");
        assert_eq!(store.pushes.let_go(&first.replica).await.unwrap(), 1);
        assert!(!store.pushes.keep_following(&push.id, &longer).await.unwrap(), "what was let go of is not kept");
        assert!(store.pushes.claim_to_follow(&second, NOW.plus_seconds(46)).await.unwrap().is_some());
        assert!(!store.pushes.keep_following(&push.id, &longer).await.unwrap(), "somebody else follows it");
        assert!(end(&store, &push, PushState::Deny, 50).await);
        assert!(!store.pushes.keep_following(&push.id, &second).await.unwrap(), "it is over");
    })
    .await;
}
