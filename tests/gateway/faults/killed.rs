//! A hundred approved changes, and gateways that are killed while they make them.

use std::time::Duration;

use duo_mcp_gateway::domain::operation::{OperationState, Outcome};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::bench::Bench;
use super::chance::Chance;
use super::replica::Replica;
use super::script::{Waiting, prepare};

/// How many operations the everyday test has; `scripts/faults` asks for more.
const USUAL: usize = 100;
/// After this many kills the gateways may finish in peace.
const KILLS: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_a_hundred_is_carried_out_once_though_both_gateways_are_killed_at_random() {
    let count = given("DUO_MCP_FAULT_OPERATIONS").unwrap_or(USUAL);
    let seed = given("DUO_MCP_FAULT_SEED").unwrap_or(1);
    let bench = Bench::start().await;
    let mut replicas = [bench.replica("a").await, bench.replica("b").await];
    let began = Instant::now();
    let waiting = prepare(&bench, replicas[0].public, count).await;
    let before = bench.worked().await.len();
    let prepared = began.elapsed();

    let mut chance = Chance::new(seed as u64);
    let (mut kills, mut caught) = (0, 0);
    let mut undecided: Vec<&Waiting> = waiting.iter().collect();
    let most_kills = KILLS.max(count * KILLS / USUAL);
    while kills < most_kills && (!undecided.is_empty() || !all_over(&bench).await) {
        spoil(&bench, &mut chance, count / 10).await;
        approve_some(&bench, &replicas, &mut undecided, &mut chance, count / 8).await;
        sleep(Duration::from_millis(chance.between(50, 1_200))).await;
        caught += bench.changes().await.iter().filter(|request| request["duration_ms"].is_null()).count();
        kills += kill_some(&mut replicas, &mut chance).await;
    }
    while !undecided.is_empty() {
        approve_some(&bench, &replicas, &mut undecided, &mut chance, count).await;
    }
    bench.control("DELETE faults", None).await;
    for operation in &waiting {
        bench.over(&operation.id, Duration::from_mins(1)).await;
    }
    report(&bench, &waiting, before, [kills, caught], [prepared, began.elapsed()]).await;
}

/// A number from the surroundings, for the long form of the test.
pub(crate) fn given(name: &str) -> Option<usize> {
    #[expect(clippy::disallowed_methods, reason = "how long a test is, is no setting of the gateway")]
    let value = std::env::var(name);
    value.ok().map(|text| text.parse().unwrap())
}

async fn all_over(bench: &Bench) -> bool {
    let states = [OperationState::Approved, OperationState::Running];
    for state in states {
        let which = duo_mcp_gateway::store::ListOperations { state: Some(state), limit: 1, ..Default::default() };
        if !bench.parts.store.operations.list(&bench.tenant, which).await.unwrap().is_empty() {
            return false;
        }
    }
    true
}

/// Duo becomes slow, before and after it has done its work, sometimes slower than anybody waits, and now and then its
/// answers are lost.
async fn spoil(bench: &Bench, chance: &mut Chance, times: usize) {
    for _ in 0..times {
        let side = if chance.below(2) == 0 { "before" } else { "after" };
        let (kind, when, delay) = match chance.below(8) {
            0 => ("reset", side, chance.between(0, 500)),
            1 => ("html502", side, chance.between(0, 500)),
            // A request is given up after two seconds, and may be under way for four.
            2 => ("delay", "before", chance.between(3_000, 3_800)),
            _ => ("delay", side, chance.between(100, 900)),
        };
        let fault = json!({ "kind": kind, "when": when, "delay_ms": delay, "method": "POST" });
        bench.control("POST faults", Some(fault)).await;
    }
}

/// Approves some over either gateway, whichever lives; one that could not be reached stays for the next time.
async fn approve_some(
    bench: &Bench,
    replicas: &[Replica; 2],
    undecided: &mut Vec<&Waiting>,
    chance: &mut Chance,
    most: usize,
) {
    let mut again = Vec::new();
    for operation in undecided.drain(..most.min(undecided.len())) {
        let to = replicas[chance.pick(2)].admin;
        match bench.decide(to, &operation.id, "approve").await {
            Ok(200) => {}
            // The answer to an earlier approval was lost with its gateway.
            Ok(409) => assert_ne!(bench.operation(&operation.id).await.state, OperationState::Waiting),
            _ => again.push(operation),
        }
    }
    undecided.append(&mut again);
}

/// Kills one gateway or both, and starts them again after a moment.
async fn kill_some(replicas: &mut [Replica; 2], chance: &mut Chance) -> usize {
    let both = chance.below(4) == 0;
    let first = chance.pick(2);
    let victims = if both { vec![0, 1] } else { vec![first] };
    for victim in &victims {
        replicas[*victim].kill().await;
    }
    sleep(Duration::from_millis(chance.below(500))).await;
    for victim in &victims {
        replicas[*victim].start_again();
        // Half of the time the next blow may come while it is still starting.
        if chance.below(2) == 0 {
            replicas[*victim].until_ready().await;
        }
    }
    victims.len()
}

/// Fails unless each operation is done, is there, and was worked on by Duo exactly once; prints what was counted.
async fn report(bench: &Bench, waiting: &[Waiting], before: usize, [kills, caught]: [usize; 2], took: [Duration; 2]) {
    let (changes, worked) = (bench.changes().await, bench.worked().await);
    let unheard = worked.iter().filter(|request| request["worked"] != request["outcome"]).count();
    let accounts = bench.control("GET accounts", None).await["children"].as_array().unwrap().clone();
    let (mut lost, mut sends, mut wrong) = (0, 0, Vec::new());
    for operation in waiting {
        let row = bench.operation(&operation.id).await;
        let times = worked.iter().filter(|request| operation.sent(request)).collect::<Vec<&Value>>();
        let is_done = row.state == OperationState::Done && row.results.iter().all(|one| one.outcome == Outcome::Done);
        if !is_done || times.len() != 1 {
            wrong.push(format!("{} {} {:?} {times:?}", row.title, row.state.as_str(), row.results));
            continue;
        }
        operation.check(bench, &accounts).await;
        let attempts: i64 = bench.steps(&operation.id).await.iter().map(|step| step.attempts).sum();
        sends += attempts;
        lost += usize::from(attempts > 1);
    }
    println!(
        "{} operations, {kills} kills with {caught} changes under way: {} worked on by Duo, of these {unheard} without their gateway hearing the \
         answer; {sends} sends announced, {} arrived, {lost} operations sent more than once; prepared in {:.1} s, all in {:.1} s",
        waiting.len(),
        worked.len() - before,
        changes.len() - before,
        took[0].as_secs_f64(),
        took[1].as_secs_f64(),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(worked.len() - before, waiting.len(), "Duo worked on nothing else");
}
