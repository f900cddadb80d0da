//! What the registry remembers, and for how long it may.
//!
//! What is remembered is good while the last good poll is less than two seconds old; a poll that names a tenant drops
//! what is known of it. A look-up that was under way while a poll dropped something may have read what was there before,
//! so it is used once and not kept: that is what the stamp is for.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::context::TenantContext;
use crate::domain::actor::{ApiKey, Caller};
use crate::domain::clock::Timestamp;
use crate::domain::ids::{KeyId, TenantId};
use crate::domain::tenant::TenantStatus;
use crate::tokens::TokenHash;

/// How old the last good poll may be.
const CURRENT: Duration = Duration::from_secs(2);
/// How long a key that is not there is remembered as such, and how many are.
const UNKNOWN: (Duration, usize) = (Duration::from_secs(2), 1024);
/// How many keys and tenants are remembered.
const MOST: usize = 10_000;
/// How often a key's last use is written.
const TOUCH_MS: i64 = 60_000;

/// A key and its tenant's state, as the database had them.
pub(super) type KnownKey = (Arc<ApiKey>, TenantStatus);

/// What a look-up of a key found.
pub(super) enum Lookup {
    /// The key.
    Key(KnownKey),
    /// There is no such key.
    Nobody,
}

impl From<Option<KnownKey>> for Lookup {
    fn from(found: Option<KnownKey>) -> Self {
        found.map_or(Self::Nobody, Self::Key)
    }
}

/// When a look-up began, counted in polls that dropped something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp(u64);

#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// When the last good poll began.
    polled: Option<Instant>,
    drops: u64,
    keys: HashMap<TokenHash, KnownKey>,
    unknown: HashMap<TokenHash, Instant>,
    contexts: HashMap<TenantId, Arc<TenantContext>>,
    touched: HashMap<KeyId, Timestamp>,
    to_touch: HashSet<(TenantId, KeyId)>,
}

impl Cache {
    pub(super) fn is_current(&self) -> bool {
        self.lock().polled.is_some_and(|polled| polled.elapsed() < CURRENT)
    }

    pub(super) fn stamp(&self) -> Stamp {
        Stamp(self.lock().drops)
    }

    /// What is known of a key, if anything is.
    pub(super) fn key(&self, hash: &TokenHash) -> Option<Lookup> {
        let known = self.lock();
        if let Some(found) = known.keys.get(hash) {
            return Some(Lookup::Key(found.clone()));
        }
        known.unknown.get(hash).filter(|at| at.elapsed() < UNKNOWN.0).map(|_| Lookup::Nobody)
    }

    pub(super) fn context(&self, tenant: &TenantId) -> Option<Arc<TenantContext>> {
        self.lock().contexts.get(tenant).map(Arc::clone)
    }

    pub(super) fn keep_key(&self, stamp: Stamp, hash: &TokenHash, found: Option<KnownKey>) {
        let mut known = self.lock();
        match found {
            None => {
                // Whoever shows many wrong keys pushes out other wrong keys and nothing else.
                if known.unknown.len() >= UNKNOWN.1 {
                    known.unknown.clear();
                }
                known.unknown.insert(*hash, Instant::now());
            }
            Some(found) if known.drops == stamp.0 => {
                if known.keys.len() >= MOST {
                    known.keys.clear();
                }
                known.keys.insert(*hash, found);
            }
            Some(_) => {}
        }
    }

    pub(super) fn keep_context(&self, stamp: Stamp, context: &Arc<TenantContext>) {
        let mut known = self.lock();
        if known.drops != stamp.0 {
            return;
        }
        if known.contexts.len() >= MOST {
            known.contexts.clear();
        }
        known.contexts.insert(context.tenant.id.clone(), Arc::clone(context));
    }

    /// A good poll that began at `began` and named these tenants; `None` for all of them.
    pub(super) fn polled(&self, began: Instant, changed: Option<&[TenantId]>) {
        let mut known = self.lock();
        match changed {
            Some([]) => {}
            Some(changed) => {
                known.drops += 1;
                known.keys.retain(|_, (key, _)| !changed.contains(&key.tenant));
                known.contexts.retain(|tenant, _| !changed.contains(tenant));
            }
            None => {
                known.drops += 1;
                known.keys.clear();
                known.contexts.clear();
            }
        }
        known.polled = Some(began);
    }

    /// Notes that a key is used, to be written at most once a minute for each.
    pub(super) fn used(&self, caller: &Caller, now: Timestamp) {
        let mut known = self.lock();
        let id = &caller.key.id;
        // A stored mark spares the first write after a start.
        let last = known.touched.get(id).copied().or(caller.key.last_used_at);
        if last.is_some_and(|last| now.0 - last.0 < TOUCH_MS) {
            return;
        }
        if known.touched.len() >= MOST {
            known.touched.clear();
        }
        known.touched.insert(id.clone(), now);
        known.to_touch.insert((caller.tenant.clone(), id.clone()));
    }

    /// The uses that are to be written now.
    pub(super) fn take_used(&self) -> Vec<(TenantId, KeyId)> {
        self.lock().to_touch.drain().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
