//! What the registry remembers, and for how long it may.
//!
//! What is remembered is good while the last good poll is less than two seconds old; a poll that names a tenant drops
//! what is known of it. A look-up that was under way while a poll dropped something may have read what was there before,
//! so it is used once and not kept: that is what the stamp is for.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::context::TenantContext;
use crate::domain::actor::{ApiKey, Caller, Means};
use crate::domain::clock::Timestamp;
use crate::domain::ids::{GrantId, KeyId, TenantId};
use crate::domain::member::Member;
use crate::domain::tenant::TenantStatus;
use crate::store::Opened;
use crate::tokens::TokenHash;

/// How old the last good poll may be.
pub(super) const CURRENT: Duration = Duration::from_secs(2);
/// How long a key that is not there is remembered as such, and how many are.
const UNKNOWN: (Duration, usize) = (Duration::from_secs(2), 1024);
/// How many keys and tenants are remembered.
const MOST: usize = 10_000;
/// How often a key's last use is written.
const TOUCH_MS: i64 = 60_000;

/// A key or an access token, its member and its tenant's state, as the database had them.
#[derive(Clone, Debug)]
pub(super) struct KnownKey {
    pub(super) by: Means,
    pub(super) member: Arc<Member>,
    pub(super) status: TenantStatus,
    pub(super) is_revoked: bool,
    pub(super) expires_at: Timestamp,
    /// Of an access token.
    pub(super) generation: i64,
}

impl From<(ApiKey, Member, TenantStatus)> for KnownKey {
    fn from((key, member, status): (ApiKey, Member, TenantStatus)) -> Self {
        Self {
            is_revoked: key.revoked_at.is_some() || member.removed_at.is_some(),
            expires_at: key.expires_at,
            by: Means::Key(Arc::new(key)),
            member: Arc::new(member),
            status,
            generation: 0,
        }
    }
}

impl From<Opened> for KnownKey {
    fn from(opened: Opened) -> Self {
        Self {
            is_revoked: opened.grant.revoked_at.is_some() || opened.member.removed_at.is_some(),
            expires_at: opened.expires_at.min(opened.grant.expires_at),
            by: Means::Grant(Arc::new(opened.grant)),
            member: Arc::new(opened.member),
            status: opened.status,
            generation: opened.generation,
        }
    }
}

impl KnownKey {
    /// Who calls by it.
    pub(super) fn caller(&self) -> Caller {
        Caller { tenant: self.member.tenant.clone(), member: Arc::clone(&self.member), by: self.by.clone() }
    }
}

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
    touched_grants: HashMap<(GrantId, i64), Timestamp>,
    to_touch_grants: HashSet<(TenantId, GrantId, i64)>,
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
                known.keys.retain(|_, key| !changed.contains(&key.member.tenant));
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

    /// Notes that a key or a token is used, to be written at most once a minute for each. The first use of a token is
    /// always written: it tells that its client received it.
    pub(super) fn used(&self, shown: &KnownKey, now: Timestamp) {
        let mut known = self.lock();
        let tenant = &shown.member.tenant;
        match &shown.by {
            Means::Key(key) => {
                // A stored mark spares the first write after a start.
                let last = known.touched.get(&key.id).copied().or(key.last_used_at);
                if note(&mut known.touched, &key.id, last, now) {
                    known.to_touch.insert((tenant.clone(), key.id.clone()));
                }
            }
            Means::Grant(grant) => {
                let id = (grant.id.clone(), shown.generation);
                let last = known.touched_grants.get(&id).copied();
                if note(&mut known.touched_grants, &id, last, now) {
                    known.to_touch_grants.insert((tenant.clone(), id.0, id.1));
                }
            }
        }
    }

    /// The uses that are to be written now.
    pub(super) fn take_used(&self) -> Vec<(TenantId, KeyId)> {
        self.lock().to_touch.drain().collect()
    }

    /// The uses of grants that are to be written now.
    pub(super) fn take_used_grants(&self) -> Vec<(TenantId, GrantId, i64)> {
        self.lock().to_touch_grants.drain().collect()
    }

    /// Uses of grants that could not be written, for the next time.
    pub(super) fn put_back_grants(&self, used: Vec<(TenantId, GrantId, i64)>) {
        let mut known = self.lock();
        if known.to_touch_grants.len() < MOST {
            known.to_touch_grants.extend(used);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether this use is to be written; if so it is remembered.
fn note<K: Clone + Eq + Hash>(
    touched: &mut HashMap<K, Timestamp>,
    id: &K,
    last: Option<Timestamp>,
    now: Timestamp,
) -> bool {
    if last.is_some_and(|last| now.0 - last.0 < TOUCH_MS) {
        return false;
    }
    if touched.len() >= MOST {
        touched.clear();
    }
    touched.insert(id.clone(), now);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::member::Role;
    use crate::domain::member::tests::member;
    use crate::domain::random::Random;
    use crate::domain::scope::Scopes;

    fn key(tenant: &TenantId) -> KnownKey {
        let member = member(tenant, Role::Owner);
        let key = ApiKey {
            id: KeyId::new(&Random::system()).unwrap(),
            tenant: tenant.clone(),
            name: "k".into(),
            member: member.id.clone(),
            person: "p".into(),
            scopes: Scopes::all(),
            standing: vec![],
            last4: "abcd".into(),
            created_at: Timestamp(0),
            expires_at: Timestamp(1),
            last_used_at: None,
            revoked_at: None,
        };
        (key, member, TenantStatus::Active).into()
    }

    fn knows(cache: &Cache, hash: u8) -> bool {
        matches!(cache.key(&[hash; 32]), Some(Lookup::Key(_)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_poll_keeps_it_current_for_two_seconds_from_when_it_began() {
        let cache = Cache::default();
        assert!(!cache.is_current(), "before the first poll");
        let began = Instant::now();
        tokio::time::advance(Duration::from_millis(1400)).await;
        cache.polled(began, Some(&[]));
        assert!(cache.is_current());
        tokio::time::advance(Duration::from_millis(600)).await;
        assert!(!cache.is_current());
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_drops_its_tenant_and_what_was_read_before_it_is_not_kept() {
        let (cache, random) = (Cache::default(), Random::seeded(1));
        let (one, two) = (TenantId::new(&random).unwrap(), TenantId::new(&random).unwrap());
        cache.keep_key(cache.stamp(), &[1; 32], Some(key(&one)));
        cache.keep_key(cache.stamp(), &[2; 32], Some(key(&two)));
        let before = cache.stamp();
        cache.polled(Instant::now(), Some(&[]));
        assert_eq!(cache.stamp(), before, "a poll that names nobody changes nothing");
        cache.polled(Instant::now(), Some(std::slice::from_ref(&one)));
        assert!(!knows(&cache, 1) && knows(&cache, 2));
        // A look-up that began before the poll may have read the key before it was revoked.
        cache.keep_key(before, &[1; 32], Some(key(&one)));
        assert!(!knows(&cache, 1));
        cache.keep_key(cache.stamp(), &[1; 32], Some(key(&one)));
        assert!(knows(&cache, 1));
        cache.polled(Instant::now(), None);
        assert!(!knows(&cache, 1) && !knows(&cache, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn wrong_keys_are_remembered_shortly_and_crowd_out_no_right_one() {
        let (cache, tenant) = (Cache::default(), TenantId::new(&Random::seeded(2)).unwrap());
        cache.keep_key(cache.stamp(), &[0; 32], Some(key(&tenant)));
        for n in 0..5000u32 {
            let mut hash = [9; 32];
            hash[..4].copy_from_slice(&n.to_be_bytes());
            cache.keep_key(cache.stamp(), &hash, None);
            assert!(matches!(cache.key(&hash), Some(Lookup::Nobody)));
        }
        assert!(knows(&cache, 0));
        assert!(cache.lock().unknown.len() <= UNKNOWN.1);
        cache.keep_key(cache.stamp(), &[7; 32], None);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(cache.key(&[7; 32]).is_none());
    }
}
