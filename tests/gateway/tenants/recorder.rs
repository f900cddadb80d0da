//! Audit rows of reads come in batches, and strict means strict.

use std::time::Duration;

use duo_mcp_gateway::audit::Recorder;
use duo_mcp_gateway::config::{AuditSettings, Millis};
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::audit::{AuditEvent, AuditOutcome};
use duo_mcp_gateway::domain::ids::EventId;
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::store::Store;

use super::house::{LONG_AGO, within};
use crate::support::databases::{for_each_database, fresh_sqlite};

fn row(n: i64) -> AuditEvent {
    AuditEvent {
        id: EventId::new(&Random::system()).unwrap(),
        tenant: None,
        at: LONG_AGO.plus_ms(n),
        actor: Actor::House,
        action: "list_users".into(),
        account: None,
        digest: None,
        level: None,
        outcome: AuditOutcome::Ok,
        code: None,
        objects: vec![],
        operation: None,
        request: None,
        duration_ms: None,
    }
}

async fn count(store: &Store) -> usize {
    store.audit.list(None, None, 1000).await.unwrap().len()
}

fn settings(strict: bool) -> AuditSettings {
    AuditSettings { reads_batch_ms: Millis(50), strict }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_in_batches_by_themselves_at_a_flush_and_at_the_end() {
    for_each_database(async |database| {
        let store = database.open().await;
        let recorder = Recorder::start(store.audit.clone(), &settings(false));
        recorder.record(row(0)).await.unwrap();
        within(Duration::from_secs(2), || async { count(&store).await == 1 }).await;
        for n in 1..200 {
            recorder.record(row(n)).await.unwrap();
        }
        recorder.flush().await;
        assert_eq!(count(&store).await, 200);
        for n in 200..300 {
            recorder.record(row(n)).await.unwrap();
        }
        recorder.stop().await;
        assert_eq!(count(&store).await, 300);
        assert_eq!(recorder.lost(), 0);
        // After the end there is nobody to write it: it is counted.
        recorder.record(row(300)).await.unwrap();
        assert_eq!(recorder.lost(), 1);
        recorder.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strict_rows_are_there_before_the_answer_and_fail_it_when_they_cannot_be() {
    let database = fresh_sqlite().await;
    let store = database.open().await;
    let recorder = Recorder::start(store.audit.clone(), &settings(true));
    recorder.record(row(0)).await.unwrap();
    assert_eq!(count(&store).await, 1);
    store.close().await;
    recorder.record(row(1)).await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_stays_away_does_not_hold_up_the_calls_or_the_end() {
    let database = fresh_sqlite().await;
    let store = database.open().await;
    let recorder = Recorder::start(store.audit.clone(), &settings(false));
    store.close().await;
    let all = 6000;
    let began = std::time::Instant::now();
    for n in 0..all {
        recorder.record(row(n)).await.unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let lost = recorder.lost();
    assert!(lost > 0 && lost < 2000, "what does not fit is counted: {lost}");
    tokio::time::timeout(Duration::from_mins(1), recorder.stop()).await.expect("the end is not held up");
}
