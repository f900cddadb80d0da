//! Strangers who ask a lot, at a pace or as fast as they can.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use reqwest::RequestBuilder;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::support::client::Reply;

/// Requests a second of a crowd that keeps a pace.
const PACE: u64 = 150;
/// Requests at once, the most that one has open: how many connections there may be is another matter.
pub(super) const AT_ONCE: usize = 16;

/// What a crowd was answered: how often each status.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answered(pub(super) BTreeMap<u16, usize>);

impl Answered {
    pub(super) fn of(&self, status: u16) -> usize {
        self.0.get(&status).copied().unwrap_or_default()
    }

    pub(super) fn and(&mut self, other: &Self) {
        for (status, times) in &other.0 {
            *self.0.entry(*status).or_default() += times;
        }
    }

    fn add(&mut self, reply: &Reply) {
        // Whoever is told to wait is told for how long.
        let wait = reply.header("retry-after").parse::<u64>();
        assert!(reply.status != 429 || wait.is_ok_and(|seconds| seconds >= 1), "{}", reply.text);
        *self.0.entry(reply.status).or_default() += 1;
    }
}

/// An address in the documentation's sense of nobody's: this one of sixteen million.
pub(super) fn address(n: usize) -> String {
    Ipv4Addr::from(0x0b00_0000 + u32::try_from(n).unwrap()).to_string()
}

/// The request, as a proxy in front hands it on for this address.
pub(super) fn from(address: &str, request: RequestBuilder) -> RequestBuilder {
    request.header("x-forwarded-for", address)
}

/// So many requests at a pace, as long as they are answered.
pub(super) async fn at_a_pace(count: usize, request: impl Fn(usize) -> RequestBuilder) -> Answered {
    let mut due = interval(Duration::from_micros(1_000_000 / PACE));
    due.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut asked, mut answered) = (JoinSet::new(), Answered::default());
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    for n in 0..count {
        due.tick().await;
        let (turn, request) = (Arc::clone(&turns).acquire_owned().await, request(n));
        asked.spawn(async move {
            let reply = Reply::of(request).await;
            drop(turn);
            reply
        });
        while let Some(reply) = asked.try_join_next() {
            answered.add(&reply.unwrap());
        }
    }
    for reply in asked.join_all().await {
        answered.add(&reply);
    }
    answered
}

/// What is compared is done in turn: the rounds, and how many requests each has.
pub(super) fn rounds(count: usize) -> impl Iterator<Item = (usize, usize)> {
    let rounds = if count < 1_000 { 1 } else { 10 };
    (0..rounds).map(move |round| (round, count / rounds))
}

/// The same time without any of them.
pub(super) async fn nobody(count: usize) {
    tokio::time::sleep(Duration::from_micros(1_000_000 / PACE * count as u64)).await;
}

/// So many requests as fast as they are answered.
pub(super) async fn as_fast_as_it_goes(count: usize, request: impl Fn(usize) -> RequestBuilder) -> Answered {
    let asked = stream::iter(0..count).map(|n| Reply::of(request(n))).buffer_unordered(AT_ONCE);
    asked
        .fold(Answered::default(), async |mut answered, reply| {
            answered.add(&reply);
            answered
        })
        .await
}
