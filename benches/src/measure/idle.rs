//! P6: clients that have come and are idle.

use super::bench::Bench;
use super::plan::Goal;
use crate::load::{Connection, Era, Question, Target, Wanted};
use crate::process::Server;
use crate::report::{Finding, say};

/// How many clients come at a time.
const AT_A_TIME: usize = 16;
/// How many connections are held open to see what one takes.
const HELD: usize = 1_000;
/// What is below this cannot be told from what an allocator keeps, in KB for each client.
const NOTHING: f64 = 0.05;

/// What a client does before it is idle.
fn greeting(era: Era) -> Vec<Question> {
    let tools = Question::other("tools/list", "", era, Wanted::Answer("list_users"));
    let begin = r#""protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}"#;
    match era {
        Era::Modern => vec![Question::other("server/discover", "", era, Wanted::Answer("duo-mcp-gateway")), tools],
        Era::Legacy => vec![
            Question::other("initialize", begin, era, Wanted::Answer("duo-mcp-gateway")),
            Question::other("notifications/initialized", "", era, Wanted::TAKEN),
            tools,
        ],
    }
}

/// P6: what the server holds for a client that has greeted and hung up, and, besides, for one that stays connected.
pub(super) async fn idle_clients(bench: &mut Bench) -> anyhow::Result<Vec<Finding>> {
    say("P6: idle clients");
    let clients = bench.length.clients;
    let mut findings = Vec::new();
    for pair in bench.pairs().await?.iter().filter(|pair| pair.database.is_none()) {
        let (server, target) = (&pair.gateway.server, &pair.gateway.target);
        for (era, name) in [(Era::Modern, "2026-07-28"), (Era::Legacy, "2025-11-25")] {
            // As many before: what an allocator needs for this load it has by then.
            come(target, era, clients).await?;
            let before = server.settled_rss_kb().await?;
            come(target, era, clients).await?;
            let after = server.settled_rss_kb().await?;
            let each = per(before, after, clients);
            let note = format!("{clients} clients: {before} → {after} KB; {}", held(server, target, era).await?);
            let value = if each < NOTHING { 0.0 } else { each };
            say(&format!("P6 {} {name}: {each:.3} KB ({note})", pair.name));
            let about = format!("{name}, {}", pair.name);
            findings.extend(Goal::named("P6").map(|goal| goal.finding(&about, value, format!("{each:.3} KB"), note)));
        }
    }
    Ok(findings)
}

async fn come(target: &Target, era: Era, clients: usize) -> anyhow::Result<()> {
    let each = clients.div_ceil(AT_A_TIME);
    let hands: Vec<_> = (0..AT_A_TIME)
        .map(|hand| {
            let target = target.clone();
            tokio::spawn(async move {
                for client in 0..each {
                    let key = target.keys[(hand * each + client) % target.keys.len()].clone();
                    Connection::once(target.address, Some(&key), &greeting(era)).await?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for hand in hands {
        hand.await??;
    }
    Ok(())
}

/// What a connection that stays open takes.
async fn held(server: &Server, target: &Target, era: Era) -> anyhow::Result<String> {
    let before = server.settled_rss_kb().await?;
    let mut open = Vec::new();
    for client in 0..HELD {
        let mut connection = Connection::open(target.address).await?;
        let key = &target.keys[client % target.keys.len()];
        for (id, question) in (1..).zip(greeting(era)) {
            connection.ask(&question, question.headers(target.address, Some(key))?, id).await?;
        }
        open.push(connection);
    }
    let each = per(before, server.settled_rss_kb().await?, HELD);
    Ok(format!("an open connection takes {each:.0} KB more"))
}

fn per(before: u64, after: u64, count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a memory in KB and a count are small")]
    let each = (after as f64 - before as f64) / count as f64;
    each
}
