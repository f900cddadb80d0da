//! Members who call all the while, and how long each of their calls takes.

use std::time::Duration;

use duo_mcp_gateway::domain::scope::Scopes;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::support::client::Client;
use crate::support::gateway::Gateway;

/// Calls a second, of all members together.
const PACE: u64 = 10;

/// Four members of two tenants.
pub(super) struct Members(Vec<Client>);

impl Members {
    pub(super) async fn of(gateway: &Gateway) -> Self {
        let (other, key) = gateway.another_tenant("other").await;
        let mut keys = vec![gateway.key.clone(), key];
        for tenant in [&gateway.tenant, &other] {
            keys.push(gateway.new_key(tenant, "Carl Colleague", Scopes::all(), vec![]).await.1);
        }
        let members = Self(keys.iter().map(|key| gateway.modern().with_key(key)).collect());
        for client in &members.0 {
            list(client).await;
        }
        members
    }

    /// What `work` comes to; how long each call took meanwhile is added to the waits. Calls come when they are due, and a late
    /// one's wait counts. A call that fails fails the test.
    pub(super) async fn during<T>(&self, waits: &mut Waits, work: impl Future<Output = T>) -> T {
        let mut due = interval(Duration::from_millis(1_000 / PACE));
        due.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut calls = JoinSet::new();
        tokio::pin!(work);
        let mut turn = 0;
        let came = loop {
            tokio::select! {
                came = &mut work => break came,
                at = due.tick() => {
                    let client = self.0[turn % self.0.len()].clone();
                    turn += 1;
                    calls.spawn(async move { list(&client).await.then(|| Instant::now().duration_since(at)) });
                }
            }
        };
        for took in calls.join_all().await {
            match took {
                Some(took) => waits.answered.push(took),
                None => waits.starved += 1,
            }
        }
        waits.answered.sort_unstable();
        came
    }
}

/// Two users, as Duo has them; false where the gateway could not ask its database in time or the tenant's earlier calls had
/// not ended, as on a machine that has too much to do.
async fn list(client: &Client) -> bool {
    let reply = client.rpc("tools/call", json!({ "name": "list_users", "arguments": { "limit": 2 } })).await;
    let body = reply.json();
    if ["cannot_check", "too_many_requests"].contains(&body["code"].as_str().unwrap_or_default()) {
        return false;
    }
    assert_eq!(body["result"]["structuredContent"]["returned"], 2, "{body:#}");
    true
}

/// How long calls took.
#[derive(Default)]
pub(super) struct Waits {
    answered: Vec<Duration>,
    /// Those that were answered with 503 or 429.
    pub(super) starved: usize,
}

impl Waits {
    /// The time within which this share of them was answered.
    pub(super) fn within(&self, percent: usize) -> Duration {
        let last = self.answered.len().saturating_sub(1);
        self.answered.get((self.answered.len() * percent / 100).min(last)).copied().unwrap_or_default()
    }

    /// The same by another's, as a ratio.
    pub(super) fn beside(&self, other: &Self, percent: usize) -> f64 {
        self.within(percent).as_secs_f64() / other.within(percent).as_secs_f64()
    }
}

impl std::fmt::Display for Waits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |percent| self.within(percent).as_secs_f64() * 1_000.0;
        let starved = if self.starved > 0 { format!(", {} not served", self.starved) } else { String::new() };
        write!(f, "{} calls, p50 {:.1} ms, p99 {:.1} ms{starved}", self.answered.len(), ms(50), ms(99))
    }
}
