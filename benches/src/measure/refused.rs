//! P10: calls that are refused cost little.

use super::bench::{Bench, Pair};
use super::plan::Goal;
use crate::load::{Pace, Question, Target, Wanted, run};
use crate::report::{Finding, say};
use crate::rounds::Spread;

/// Two keys that open nothing: one that is none by its very look, and one of the right shape that nobody made.
fn wrong_keys(pair: &Pair) -> [(&'static str, String); 2] {
    let good = pair.gateway.target.keys.first().cloned().unwrap_or_default();
    // The last character belongs to the checksum.
    let spoiled = format!("{}{}", &good[..good.len().saturating_sub(1)], if good.ends_with('0') { '1' } else { '0' });
    [("a malformed key", "dgk_nonsense".to_owned()), ("a mistyped key", spoiled)]
}

/// P10, beside the floor's cheapest call.
pub(super) async fn refused_calls(bench: &mut Bench) -> anyhow::Result<Vec<Finding>> {
    say("P10: refused calls");
    let ping = bench.load(Question::ping_auth(), 16, Pace::Closed);
    let mut refused = ping.clone();
    refused.question = refused.question.wanting(Wanted::Status(401));
    let rounds = bench.length.rounds;
    let mut findings = Vec::new();
    for pair in bench.pairs().await? {
        for (what, key) in wrong_keys(pair) {
            let target = Target { address: pair.gateway.target.address, keys: vec![key] };
            let (mut floor, mut gateway) = (Vec::new(), Vec::new());
            for round in 0..=rounds {
                let one = run(&pair.floor.0, &pair.floor.1, &ping).await?.cpu_us;
                let other = run(&pair.gateway.server, &target, &refused).await?.cpu_us;
                if round > 0 {
                    floor.push(one);
                    gateway.push(other);
                }
            }
            let ratio = Spread::of_ratios(&gateway, &floor);
            let of = |figures: Vec<f64>| Spread::of(figures).median;
            let note = format!("gateway {:.1} µs, the floor's `ping_auth` {:.0} µs", of(gateway), of(floor));
            say(&format!("P10 {} {what}: {} ({note})", pair.name, ratio.text(2)));
            let about = format!("{what}, {}", pair.name);
            let found = Goal::named("P10").map(|goal| goal.finding(&about, ratio.median, ratio.text(2), note));
            findings.extend(found);
        }
    }
    Ok(findings)
}
