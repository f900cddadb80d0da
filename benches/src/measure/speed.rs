//! P1 to P4: processor time, the slowest calls, calls to a slow Duo.

use std::time::Duration;

use anyhow::Context;

use super::bench::{Bench, Turns};
use super::plan::Goal;
use crate::load::{Pace, Question, Ran};
use crate::report::{Finding, say};
use crate::rounds::Spread;

/// The rate of the open loop.
const RATE: u32 = 2_000;
/// On how many connections it comes.
const RATE_CONNECTIONS: usize = 32;
/// How long Duo takes in P4, and on how many connections it is asked.
const SLOW: (Duration, usize) = (Duration::from_millis(50), 256);

/// P1.
pub(super) async fn cpu_of_lists(bench: &mut Bench) -> anyhow::Result<Vec<Finding>> {
    say("P1: list_users as fast as it goes");
    let load = bench.load(Question::list_users(), 16, Pace::Closed);
    let turns = bench.in_turn(&load).await?;
    let goal = Goal::named("P1").context("P1")?;
    Ok(turns.iter().map(|turns| cpu(turns, goal)).collect())
}

/// P2 and P3.
pub(super) async fn pings_at_a_rate(bench: &mut Bench) -> anyhow::Result<Vec<Finding>> {
    say("P2, P3: ping_auth at 2,000 calls/s");
    let load = bench.load(Question::ping_auth(), RATE_CONNECTIONS, Pace::Open(RATE));
    let turns = bench.in_turn(&load).await?;
    let (two, three) = (Goal::named("P2").context("P2")?, Goal::named("P3").context("P3")?);
    Ok(turns.iter().flat_map(|turns| [cpu(turns, two), slowest(turns, three)]).collect())
}

/// P4.
pub(super) async fn slow_duo(bench: &mut Bench) -> anyhow::Result<Vec<Finding>> {
    say("P4: list_users with a slow Duo");
    let (delay, connections) = SLOW;
    let load = bench.load(Question::list_users(), connections, Pace::Closed);
    bench.pairs().await?;
    bench.upstream.delay(delay);
    let turns = bench.in_turn(&load).await;
    bench.upstream.delay(Duration::ZERO);
    let ideal = f64::from(u32::try_from(connections)?) / delay.as_secs_f64();
    let goal = Goal::named("P4").context("P4")?;
    Ok(turns?.iter().map(|turns| share(turns, goal, ideal)).collect())
}

fn cpu(turns: &Turns, goal: &'static Goal) -> Finding {
    let (floor, gateway) = turns.figures(|ran| ran.cpu_us);
    let ratio = Spread::of_ratios(&gateway, &floor);
    let rates = turns.figures(Ran::rate);
    let of = |figures: Vec<f64>| Spread::of(figures).median;
    let note = format!(
        "gateway {:.0} µs, floor {:.0} µs; {:.0} and {:.0} calls/s",
        of(gateway),
        of(floor),
        of(rates.1),
        of(rates.0)
    );
    say(&format!("{} {}: {} ({note})", goal.id, turns.name, ratio.text(2)));
    goal.finding(&turns.name, ratio.median, ratio.text(2), note)
}

fn slowest(turns: &Turns, goal: &'static Goal) -> Finding {
    let (floor, gateway) = turns.figures(|ran| ran.quantile(0.99));
    let ratio = Spread::of_ratios(&gateway, &floor);
    let middle = turns.figures(|ran| ran.quantile(0.5));
    let ms = |figures: &[f64]| Spread::of(figures.iter().map(|us| us / 1000.0)).median;
    let note = format!(
        "p99 {:.2} ms, floor {:.2} ms; p50 {:.2} and {:.2} ms",
        ms(&gateway),
        ms(&floor),
        ms(&middle.1),
        ms(&middle.0)
    );
    say(&format!("{} {}: {} ({note})", goal.id, turns.name, ratio.text(2)));
    goal.finding(&turns.name, ratio.median, ratio.text(2), note)
}

fn share(turns: &Turns, goal: &'static Goal, ideal: f64) -> Finding {
    let (floor, gateway) = turns.figures(|ran| ran.rate() / ideal);
    let share = Spread::of(gateway);
    let note = format!("floor {}", Spread::of(floor).text(2));
    say(&format!("P4 {}: {} ({note})", turns.name, share.text(2)));
    goal.finding(&turns.name, share.median, share.text(2), note)
}
