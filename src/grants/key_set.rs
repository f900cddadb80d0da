//! An identity provider's keys: fetched under guard, and kept.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jsonwebtoken::jwk::{Jwk, JwkSet};
use tokio::time::Instant;
use url::Url;

use super::fetch::Fetcher;

/// How long keys are believed without asking.
const FRESH: Duration = Duration::from_mins(10);
/// How often they are asked for at most, whoever shows which key id.
const PAUSE: Duration = Duration::from_secs(30);
/// How long the last good ones are believed while the provider is away.
const KEPT: Duration = Duration::from_hours(24);

/// The key of a token.
pub(super) enum Found {
    /// This one.
    Key(Box<Jwk>),
    /// The provider has no such key.
    Unknown,
    /// Nobody can say now.
    CannotSay,
}

/// The keys of one provider.
pub(super) struct KeySet {
    address: Url,
    known: Mutex<Known>,
    /// One fetch at a time; whoever else wants keys waits for that one.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, Jwk>,
    fetched: Option<Instant>,
    asked: Option<Instant>,
    failed: bool,
}

impl KeySet {
    pub(super) fn new(address: Url) -> Self {
        Self { address, known: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// The key of this id.
    pub(super) async fn find(&self, id: &str, fetcher: &Fetcher) -> Found {
        if let Some(key) = self.lock().fresh(id) {
            return Found::Key(Box::new(key));
        }
        let _turn = self.turn.lock().await;
        // Somebody else may have asked while this one waited.
        if let Some(key) = self.lock().fresh(id) {
            return Found::Key(Box::new(key));
        }
        if self.lock().may_ask() {
            self.ask(fetcher).await;
        }
        self.lock().last(id)
    }

    async fn ask(&self, fetcher: &Fetcher) {
        let answer = fetcher.fetch(&self.address, None).await.ok();
        let set = answer.and_then(|answer| serde_json::from_slice::<JwkSet>(&answer.body).ok());
        let mut known = self.lock();
        known.asked = Some(Instant::now());
        known.failed = set.is_none();
        if let Some(set) = set {
            let named = |key: Jwk| key.common.key_id.clone().map(|id| (id, key));
            known.keys = set.keys.into_iter().filter_map(named).collect();
            known.fetched = known.asked;
        } else {
            tracing::warn!(address = %self.address, "An identity provider's keys cannot be fetched");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn is_at_most(&self, age: Duration) -> bool {
        self.fetched.is_some_and(|fetched| fetched.elapsed() < age)
    }

    fn fresh(&self, id: &str) -> Option<Jwk> {
        if self.is_at_most(FRESH) { self.keys.get(id).cloned() } else { None }
    }

    fn may_ask(&self) -> bool {
        self.asked.is_none_or(|asked| asked.elapsed() >= PAUSE)
    }

    /// What is known after asking, or without being allowed to.
    fn last(&self, id: &str) -> Found {
        match self.keys.get(id) {
            Some(key) if self.is_at_most(KEPT) => Found::Key(Box::new(key.clone())),
            _ if self.failed || !self.is_at_most(KEPT) => Found::CannotSay,
            _ => Found::Unknown,
        }
    }
}
