//! P8 and P12: statements of the database, and connections to Duo.

use std::sync::Arc;

use anyhow::Context;

use super::bench::Bench;
use super::plan::Goal;
use crate::load::{Load, Pace, Question, run};
use crate::report::{Finding, say};

/// How often a load is repeated.
const TIMES: u32 = 3;

/// P12: everything is warm after the first load.
pub(super) async fn connections(bench: &mut Bench) -> anyhow::Result<Vec<Finding>> {
    say("P12: new connections to Duo");
    let load = bench.load(Question::list_users(), 16, Pace::Closed);
    let upstream = Arc::clone(&bench.upstream);
    let mut findings = Vec::new();
    for pair in bench.pairs().await? {
        let (server, target, name) = (&pair.gateway.server, &pair.gateway.target, &pair.name);
        run(server, target, &load).await?;
        let before = upstream.counts();
        let mut calls = 0.0;
        for _ in 0..TIMES {
            calls += run(server, target, &load).await?.calls;
        }
        let after = upstream.counts();
        let new = f64::from(u32::try_from(after.connections - before.connections)?);
        let each = new / calls * 1000.0;
        let note = format!("{new:.0} in {calls:.0} calls of 64 tenants, each with its own name of Duo's");
        say(&format!("P12 {name}: {each:.3} ({note})"));
        findings.extend(Goal::named("P12").map(|goal| goal.finding(name, each, format!("{each:.3}"), note)));
    }
    Ok(findings)
}

/// P8, on PostgreSQL: everything that the gateway's role runs while it is being called counts, the poll included.
pub(super) async fn statements(bench: &mut Bench) -> anyhow::Result<Vec<Finding>> {
    say("P8: statements on PostgreSQL");
    let two_thousand = bench.load(Question::list_users(), 32, Pace::Open(2_000));
    let closed = Load { pace: Pace::Closed, ..two_thousand.clone() };
    let pair = bench.pairs().await?.iter().find(|pair| pair.database.is_some());
    let pair = pair.context("P8 needs PostgreSQL: scripts/bench starts one")?;
    let (gateway, database) = (&pair.gateway, pair.database.as_ref().context("no database")?);
    let mut findings = Vec::new();
    for (rate, load) in [("at 2,000 calls/s", two_thousand), ("as fast as it goes", closed)] {
        run(&gateway.server, &gateway.target, &load).await?;
        let before = database.count().await?;
        let (mut calls, mut seconds) = (0.0, 0.0);
        for _ in 0..TIMES {
            let ran = run(&gateway.server, &gateway.target, &load).await?;
            calls += ran.calls;
            seconds += ran.seconds;
        }
        // The rows of the last calls are written within a batch's time.
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        let statements = database.count().await? - before;
        let each = statements / calls;
        let note = format!("{statements:.0} statements for {calls:.0} calls in {seconds:.0} s");
        say(&format!("P8 {rate}: {each:.4} ({note})"));
        findings.extend(Goal::named("P8").map(|goal| goal.finding(rate, each, format!("{each:.4}"), note)));
    }
    for (calls, text) in database.most(8).await? {
        say(&format!("P8   {calls:>8.0} × {text}"));
    }
    Ok(findings)
}
