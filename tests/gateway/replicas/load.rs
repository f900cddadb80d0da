//! Many clients that call all the time, and what came of each call.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::stand::Stand;
use crate::faults::http::told;
use crate::support::client::{Client, Era};

/// A call that is over.
#[derive(Clone, Debug)]
pub(super) struct Called {
    pub(super) began: Instant,
    pub(super) how: How,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// As it should.
    Answered,
    /// By a word that the change is still under way.
    Running,
    /// With 503 `cannot_check`: the gateway could not ask its database in time, as on a machine that has too much to do.
    Starved,
    /// The connection was closed without an answer.
    Closed,
    /// Anything else.
    Failed(String),
}

/// Clients that call until they are told to stop.
pub(super) struct Load {
    stop: CancellationToken,
    answered: Arc<AtomicUsize>,
    clients: JoinSet<Vec<Called>>,
}

impl Load {
    /// One client for each of these users, all through the proxy: it reads, and changes its user, in turn.
    pub(super) fn start(stand: &Stand, names: &[String]) -> Self {
        let load = Self { stop: CancellationToken::new(), answered: Arc::default(), clients: JoinSet::new() };
        load.with(stand, names, |name, n| {
            if n % 2 == 0 {
                ("list_users", json!({ "limit": 5 }))
            } else {
                ("modify_user", json!({ "user": name, "notes": format!("note {n}") }))
            }
        })
    }

    /// Clients that each make one user after the other, every one of another name.
    pub(super) fn of_new_users(stand: &Stand, clients: usize) -> Self {
        let load = Self { stop: CancellationToken::new(), answered: Arc::default(), clients: JoinSet::new() };
        let names: Vec<String> = (0..clients).map(|n| format!("new{n:02}")).collect();
        load.with(stand, &names, |name, n| ("create_user", json!({ "username": format!("{name}-{n}") })))
    }

    fn with(mut self, stand: &Stand, names: &[String], next: fn(&str, usize) -> (&'static str, Value)) -> Self {
        for (n, name) in names.iter().enumerate() {
            let era = if n % 2 == 0 { Era::Legacy } else { Era::Modern { forms: false } };
            let client = stand.client(era);
            // Every fourth makes a connection of its own for each call.
            let anew = (n % 4 == 3).then(|| stand.proxy.address_book());
            let (name, stop, answered) = (name.clone(), self.stop.clone(), Arc::clone(&self.answered));
            self.clients.spawn(async move {
                let mut called = Vec::new();
                let mut turn = 0;
                while !stop.is_cancelled() {
                    let client = match &anew {
                        Some(book) => Client { http: book.http(), ..client.clone() },
                        None => client.clone(),
                    };
                    let (tool, arguments) = next(&name, turn);
                    turn += 1;
                    until_answered(&client, tool, arguments, &mut called).await;
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                called
            });
        }
        self
    }

    /// Waits until so many more calls were answered.
    pub(super) async fn until_more(&self, count: usize) {
        let (from, end) = (self.answered.load(Ordering::Relaxed), Instant::now() + Duration::from_mins(1));
        while self.answered.load(Ordering::Relaxed) < from + count {
            assert!(Instant::now() < end, "no more calls are answered");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Stops the clients after the calls that they are making.
    pub(super) async fn end(self) -> Vec<Called> {
        self.stop.cancel();
        self.clients.join_all().await.into_iter().flatten().collect()
    }
}

/// Makes a call, and makes it again when it failed, as a client does.
async fn until_answered(client: &Client, tool: &str, arguments: Value, called: &mut Vec<Called>) {
    for repeated in 0..300 {
        let began = Instant::now();
        let how = once(client, tool, &arguments, repeated > 0).await;
        let is_over = how == How::Answered;
        called.push(Called { began, how });
        if is_over {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("{tool} {arguments} was never answered");
}

async fn once(client: &Client, tool: &str, arguments: &Value, is_repeated: bool) -> How {
    let message = client.message("tools/call", json!({ "name": tool, "arguments": arguments }));
    let answer = match client.prepare(&message).send().await {
        Ok(answer) => answer,
        Err(error) if format!("{error:?}").contains("IncompleteMessage") => return How::Closed,
        Err(error) => return How::Failed(format!("{error:?}")),
    };
    let status = answer.status().as_u16();
    let body: Value = match answer.json().await {
        Ok(body) => body,
        Err(error) => return How::Failed(format!("{status}: {error:?}")),
    };
    // Only a gateway says this; any other 503, HAProxy's own among them, is a failure.
    if status == 503 && body["code"] == "cannot_check" {
        return How::Starved;
    }
    let told = told(&body["result"]);
    let is_result = status == 200 && body["result"].is_object();
    // What a repeated change finds: the first one was made after all, or is still under way.
    let was_made = is_repeated && told["code"] == "user_exists";
    if is_result && (was_made || body["result"]["isError"] != json!(true)) {
        return if told["state"] == "running" { How::Running } else { How::Answered };
    }
    How::Failed(format!("{tool} {arguments}: {status}: {body}"))
}

/// How many calls ended so: answered, starved, and those that failed.
pub(super) fn count(called: &[Called]) -> (usize, usize, Vec<Called>) {
    let is = |how: &How| called.iter().filter(|one| one.how == *how).count();
    let failed = called.iter().filter(|one| matches!(one.how, How::Closed | How::Failed(_))).cloned().collect();
    (is(&How::Answered), is(&How::Starved), failed)
}
