//! P7: what many tenants take.

use super::bench::{ALLOCATORS, Bench};
use super::plan::Goal;
use crate::gateway::{Gateway, Site};
use crate::load::{Connection, Pace, Question, Target, run};
use crate::report::{Finding, say};

/// How many tenants are few.
const FEW: usize = 10;

/// P7: ten tenants in use, then all. They share ten of Duo's names, so that what idle connections to Duo take is not
/// counted as the tenants': those are kept by name, and for a while only.
pub(super) async fn many_tenants(bench: &mut Bench) -> anyhow::Result<Vec<Finding>> {
    let many = bench.length.many;
    say(&format!("P7: registering {many} tenants"));
    let mut findings = Vec::new();
    let site = Site::new(bench.gateway(ALLOCATORS[0]), bench.folder("tenants"), &bench.upstream, None).await?;
    let mut gateway = site.with_hosts(FEW).start(Vec::new()).await?;
    gateway.register(many).await?;
    let (mut site, keys) = (gateway.site.clone(), gateway.target.keys.clone());
    gateway.server.stop().await?;
    for allocator in ALLOCATORS {
        site = site.by(bench.gateway(allocator));
        let gateway = site.clone().start(keys.clone()).await?;
        let (few, all, connections) = used(bench, &gateway).await?;
        gateway.server.stop().await?;
        #[expect(clippy::cast_precision_loss, reason = "a memory in KB is small")]
        let grown = (all as f64 - few as f64) / 1024.0;
        let note = format!("{few} KB with {FEW}, {all} KB with {many}; {connections} new connections to Duo");
        say(&format!("P7 {allocator}: {grown:.1} MB ({note})"));
        let about = format!("{allocator} allocator");
        findings.extend(Goal::named("P7").map(|goal| goal.finding(&about, grown, format!("{grown:.1} MB"), note)));
    }
    Ok(findings)
}

/// Resident memory with few tenants used and with all, and how many connections to Duo came with the others.
async fn used(bench: &Bench, gateway: &Gateway) -> anyhow::Result<(u64, u64, u64)> {
    let few = Target { keys: gateway.target.keys[..FEW].to_vec(), ..gateway.target.clone() };
    // A load first, so that the allocator has what the work itself needs.
    run(&gateway.server, &few, &bench.load(Question::list_users(), 4, Pace::Closed)).await?;
    let before = gateway.server.settled_rss_kb().await?;
    let connections = bench.upstream.counts().connections;
    let mut connection = Connection::open(gateway.target.address).await?;
    let question = Question::list_users();
    for (id, key) in (1..).zip(&gateway.target.keys) {
        connection.ask(&question, question.headers(gateway.target.address, Some(key))?, id).await?;
    }
    let after = gateway.server.settled_rss_kb().await?;
    Ok((before, after, bench.upstream.counts().connections - connections))
}
