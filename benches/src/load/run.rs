//! Loops: as fast as the server answers, or at a rate of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use http::HeaderMap;
use tokio::time::{Instant, sleep_until};

use super::connection::Connection;
use super::question::{Question, Target};
use crate::process::Server;

/// How calls follow each other.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// The next when the last is answered.
    Closed,
    /// So many a second, whatever the server does.
    Open(u32),
}

/// One load.
#[derive(Clone, Debug)]
pub struct Load {
    /// What is asked.
    pub question: Question,
    /// On how many connections.
    pub connections: usize,
    /// How calls follow each other.
    pub pace: Pace,
    /// For how long.
    pub time: Duration,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Ran {
    /// How many calls were answered rightly.
    pub calls: f64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The server's processor time for one call, in microseconds.
    pub cpu_us: f64,
    /// The times of all calls, in microseconds, the shortest first.
    times: Vec<u32>,
}

impl Ran {
    /// Calls in a second.
    pub fn rate(&self) -> f64 {
        self.calls / self.seconds
    }

    /// The time below which this share of the calls stayed, in microseconds.
    pub fn quantile(&self, share: f64) -> f64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
        let place = (self.calls * share) as usize;
        self.times.get(place.min(self.times.len().saturating_sub(1))).copied().map_or(f64::NAN, f64::from)
    }
}

struct Shared {
    load: Load,
    target: Target,
    headers: Vec<HeaderMap>,
    next: AtomicU64,
    begin: Instant,
    end: Instant,
}

/// Runs a load against a server. Any answer that is not the wanted one is an error of the whole run.
pub async fn run(server: &Server, target: &Target, load: &Load) -> anyhow::Result<Ran> {
    let keys = target.keys.iter().map(|key| Some(key.as_str()));
    let keys: Vec<Option<&str>> = if target.keys.is_empty() { vec![None] } else { keys.collect() };
    let headers = keys.into_iter().map(|key| load.question.headers(target.address, key));
    let headers = headers.collect::<anyhow::Result<Vec<_>>>()?;
    let mut connections = Vec::new();
    for _ in 0..load.connections {
        connections.push(Connection::open(target.address).await?);
    }
    let (before, begin) = (server.cpu_us()?, Instant::now());
    let shared = Arc::new(Shared {
        load: load.clone(),
        target: target.clone(),
        headers,
        next: AtomicU64::new(0),
        begin,
        end: begin + load.time,
    });
    let callers: Vec<_> =
        connections.into_iter().map(|connection| tokio::spawn(caller(connection, Arc::clone(&shared)))).collect();
    let mut times = Vec::new();
    for caller in callers {
        times.extend(caller.await??);
    }
    let (seconds, cpu) = (begin.elapsed().as_secs_f64(), server.cpu_us()? - before);
    times.sort_unstable();
    ensure!(!times.is_empty(), "no call was made");
    let calls = f64::from(u32::try_from(times.len())?);
    let cpu = f64::from(u32::try_from(cpu)?);
    Ok(Ran { calls, seconds, cpu_us: cpu / calls, times })
}

async fn caller(mut connection: Connection, shared: Arc<Shared>) -> anyhow::Result<Vec<u32>> {
    let mut times = Vec::with_capacity(8192);
    loop {
        let id = shared.next.fetch_add(1, Ordering::Relaxed);
        let Some(started) = turn(&shared, id).await else { return Ok(times) };
        let headers = shared.headers[shared.target.place(id)].clone();
        let asked = connection.ask(&shared.load.question, headers, id).await;
        asked.with_context(|| format!("call {id} of {:?}", shared.load.question.tool))?;
        times.push(u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
}

/// When the call with this number begins; `None` when the time is over.
async fn turn(shared: &Shared, id: u64) -> Option<Instant> {
    let Pace::Open(rate) = shared.load.pace else {
        let now = Instant::now();
        return (now < shared.end).then_some(now);
    };
    let due = shared.begin + Duration::from_secs(1) * u32::try_from(id).ok()? / rate;
    if due >= shared.end {
        return None;
    }
    if due > Instant::now() {
        sleep_until(due).await;
        // The timer's own delay is not the server's.
        return Some(Instant::now());
    }
    // Behind: the wait for a free connection counts, or a slow server would be asked less and look quick.
    Some(due)
}
