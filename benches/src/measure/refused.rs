//! P10: what it costs to refuse a key, malformed or well made but nobody's.

use std::time::Duration;

use super::bench::{Bench, Pair};
use super::plan::Goal;
use crate::database::Database;
use crate::load::{Load, Pace, Question, Target, Wanted, run};
use crate::report::{Finding, say};
use crate::rounds::Spread;

/// How long a gateway that nobody calls is watched, for the statements of its poll.
const WATCHED: Duration = Duration::from_secs(5);

/// A key that opens nothing.
struct Wrong {
    what: &'static str,
    key: String,
    /// That its very text tells so.
    is_malformed: bool,
}

/// One that is no key by its look, one with a typo, and one in order that this gateway never gave: another's.
fn wrong_keys(pair: &Pair, another: &Pair) -> [Wrong; 3] {
    let key_of = |pair: &Pair| pair.gateway.target.keys.first().cloned().unwrap_or_default();
    let (good, theirs) = (key_of(pair), key_of(another));
    // The last character belongs to the checksum.
    let spoiled = format!("{}{}", &good[..good.len().saturating_sub(1)], if good.ends_with('0') { '1' } else { '0' });
    [
        Wrong { what: "a malformed key", key: "dgk_nonsense".to_owned(), is_malformed: true },
        Wrong { what: "a mistyped key", key: spoiled, is_malformed: true },
        Wrong { what: "a key of another gateway", key: theirs, is_malformed: false },
    ]
}

/// P10, beside the floor's cheapest call.
pub(super) async fn refused_calls(bench: &mut Bench) -> anyhow::Result<Vec<Finding>> {
    say("P10: refused calls");
    let ping = bench.load(Question::ping_auth(), 16, Pace::Closed);
    let rounds = bench.length.rounds;
    let mut findings = Vec::new();
    let pairs = bench.pairs().await?;
    for (pair, another) in pairs.iter().zip(pairs.iter().cycle().skip(1)) {
        let idle = match &pair.database {
            Some(database) => Some(while_idle(database).await?),
            None => None,
        };
        for wrong in wrong_keys(pair, another) {
            let turns = in_turn(pair, &wrong, &ping, rounds).await?;
            findings.extend(turns.cpu(&pair.name, wrong.what));
            if let Some(rate) = idle {
                findings.extend(turns.statements(&pair.name, &wrong, rate));
            }
        }
    }
    Ok(findings)
}

/// How many statements a second a gateway runs that nobody calls.
async fn while_idle(database: &Database) -> anyhow::Result<f64> {
    // What the calls before have left to be written is written within a batch's time.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = database.count().await?;
    tokio::time::sleep(WATCHED).await;
    Ok((database.count().await? - before) / WATCHED.as_secs_f64())
}

/// What came of the rounds with one wrong key.
#[derive(Default)]
struct Turns {
    floor: Vec<f64>,
    gateway: Vec<f64>,
    /// Of the gateway, the round that does not count for the figures included.
    calls: f64,
    seconds: f64,
    statements: f64,
}

async fn in_turn(pair: &Pair, wrong: &Wrong, ping: &Load, rounds: usize) -> anyhow::Result<Turns> {
    let mut refused = ping.clone();
    refused.question = refused.question.wanting(Wanted::Status(401));
    let target = Target { address: pair.gateway.target.address, keys: vec![wrong.key.clone()] };
    let mut turns = Turns::default();
    for round in 0..=rounds {
        let floor = run(&pair.floor.0, &pair.floor.1, ping).await?;
        let before = count(pair).await?;
        let gateway = run(&pair.gateway.server, &target, &refused).await?;
        turns.statements += count(pair).await? - before;
        turns.calls += gateway.calls;
        turns.seconds += gateway.seconds;
        if round > 0 {
            turns.floor.push(floor.cpu_us);
            turns.gateway.push(gateway.cpu_us);
        }
    }
    Ok(turns)
}

async fn count(pair: &Pair) -> anyhow::Result<f64> {
    match &pair.database {
        Some(database) => database.count().await,
        None => Ok(0.0),
    }
}

impl Turns {
    fn cpu(&self, name: &str, what: &str) -> Option<Finding> {
        let ratio = Spread::of_ratios(&self.gateway, &self.floor);
        let of = |figures: &[f64]| Spread::of(figures.iter().copied()).median;
        let (gateway, floor) = (of(&self.gateway), of(&self.floor));
        let note = format!("gateway {gateway:.1} µs, the floor's `ping_auth` {floor:.0} µs");
        say(&format!("P10 {name} {what}: {} ({note})", ratio.text(2)));
        let about = format!("{what}, {name}");
        Goal::named("P10").map(|goal| goal.finding(&about, ratio.median, ratio.text(2), note))
    }

    /// A malformed key adds nothing to what an idle gateway runs; any other is told for comparison.
    fn statements(&self, name: &str, wrong: &Wrong, idle: f64) -> Option<Finding> {
        let Self { calls, seconds, statements, .. } = self;
        // A poll more at either end of a round, and a poll that was early.
        let most = idle * seconds * 1.5 + 10.0;
        let note = format!("{calls:.0} calls in {seconds:.0} s; an idle gateway runs {idle:.1} a second");
        say(&format!("P10 {name} {}: {statements:.0} statements ({note})", wrong.what));
        Goal::named("P10").map(|goal| Finding {
            id: goal.id,
            what: format!("database statements while calls are refused, {}, {name}", wrong.what),
            goal: if wrong.is_malformed { format!("≤ {most:.0}, the poll's") } else { String::new() },
            figure: format!("{statements:.0}"),
            reached: wrong.is_malformed.then_some(*statements <= most),
            note,
        })
    }
}
