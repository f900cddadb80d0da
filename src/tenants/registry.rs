//! From a presented key to its caller and tenant, kept while polls are fresh.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::acts::data_key;
use super::cache::{Cache, KnownKey, Lookup};
use super::context::{ConnectionContext, TenantContext};
use super::error::TenantError;
use super::misplaced::LastLook;
use crate::domain::actor::{Caller, Means};
use crate::domain::clock::Clock;
use crate::domain::grant::Grant;
use crate::domain::ids::TenantId;
use crate::domain::member::Member;
use crate::domain::scope::Scopes;
use crate::domain::tenant::TenantStatus;
use crate::store::{Store, StoreError};
use crate::tokens::{Kind, TokenError, TokenHash, identity_hash, parse};
use crate::vault::Vault;

/// How many look-ups of keys, and how many of tenants, ask the database at once, so that many clients that come back
/// together do not take every connection.
const LOOKUPS: usize = 4;

/// Why a presented key opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// 401: it is not a key that works.
    #[error("{0}")]
    Unauthorized(Why),
    /// The key is right and its tenant is suspended: an answer that says so, because a 401 would start a sign-in loop.
    #[error("the tenant is suspended")]
    Suspended(Box<Caller>),
    /// 503: nobody knows now. Never a 401, which clients would take for the end of the key.
    #[error("keys cannot be checked now")]
    CannotCheck(#[source] Option<Box<TenantError>>),
}

/// What is wrong with a key or token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// It is no token of ours, or has a typo; the database was not asked.
    #[error(transparent)]
    Malformed(TokenError),
    /// It is a token of another kind: an operator's, shown to the wrong listener.
    #[error("this is neither an API key nor an access token")]
    OtherKind,
    /// There is no such key: the database was asked just now.
    #[error("this key or token is not known")]
    Unknown,
    /// There was no such key a moment ago; the database was not asked again.
    #[error("this key or token is not known")]
    StillUnknown,
    /// It was taken back.
    #[error("this key or token was revoked")]
    Revoked,
    /// Its time is over.
    #[error("this key or token has expired")]
    Expired,
}

/// Looks up keys and tenants; cheap to clone.
#[derive(Clone)]
pub struct Registry(Arc<Inner>);

pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) cache: Cache,
    vault: Arc<Vault>,
    /// Keys that nobody knows take no turn from tenants that are known.
    key_lookups: Semaphore,
    lookups: Semaphore,
    pub(super) last_look: LastLook,
}

impl Registry {
    /// A registry that knows nothing yet: it refuses until its first poll, see [`super::follow`].
    pub fn new(store: Store, vault: Arc<Vault>, clock: Clock) -> Self {
        let (key_lookups, lookups) = (Semaphore::new(LOOKUPS), Semaphore::new(LOOKUPS));
        let last_look = LastLook::default();
        Self(Arc::new(Inner { store, clock, cache: Cache::default(), vault, key_lookups, lookups, last_look }))
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.0
    }

    /// Whether the last good poll is recent enough for keys to be checked.
    pub fn is_current(&self) -> bool {
        self.0.cache.is_current()
    }

    /// Whether the database would have to be asked for this key or access token.
    pub fn has_to_ask(&self, presented: &str) -> bool {
        parse(presented).is_ok_and(|(_, hash)| self.0.cache.key(&hash).is_none())
    }

    /// Who shows this key or access token, and the tenant that it opens.
    pub async fn caller(&self, presented: &str) -> Result<(Caller, Arc<TenantContext>), Refused> {
        let (kind, hash) = parse(presented).map_err(|error| Refused::Unauthorized(Why::Malformed(error)))?;
        if !matches!(kind, Kind::ApiKey | Kind::AccessToken) {
            if kind == Kind::OperatorKey {
                self.note_misplaced(&hash).await;
            }
            return Err(Refused::Unauthorized(Why::OtherKind));
        }
        let shown = self.key(kind, &hash).await?;
        self.let_in(shown).await
    }

    /// Who calls by a token of an identity provider for this resource, which was found to be in order and may be used
    /// for these scopes; it opens what an operator linked the identity to.
    pub async fn identified(
        &self,
        (issuer, value): (&str, &str),
        scopes: Scopes,
        resource: &str,
    ) -> Result<(Caller, Arc<TenantContext>), Refused> {
        let mut shown = self.key(Kind::AccessToken, &identity_hash(issuer, value)).await?;
        if let Means::Grant(grant) = &shown.by {
            let (scopes, resource) = (grant.scopes.and(scopes), resource.to_owned());
            shown.by = Means::Grant(Arc::new(Grant { scopes, resource, ..Grant::clone(grant) }));
        }
        self.let_in(shown).await
    }

    async fn let_in(&self, shown: KnownKey) -> Result<(Caller, Arc<TenantContext>), Refused> {
        if shown.is_revoked {
            return Err(Refused::Unauthorized(Why::Revoked));
        }
        let now = self.0.clock.now();
        if shown.expires_at <= now {
            return Err(Refused::Unauthorized(Why::Expired));
        }
        let mut caller = shown.caller();
        match shown.status {
            TenantStatus::Active => {}
            TenantStatus::Suspended => return Err(Refused::Suspended(Box::new(caller))),
            TenantStatus::Deleted => return Err(Refused::Unauthorized(Why::Unknown)),
        }
        let context = match self.context(&caller.tenant).await {
            Ok(context) => context,
            // Deleted between the two look-ups.
            Err(TenantError::Unknown) => return Err(Refused::Unauthorized(Why::Unknown)),
            Err(error) => return Err(Refused::CannotCheck(Some(Box::new(error)))),
        };
        let bounds = context.tenant.preset.scopes();
        if !bounds.holds(caller.member.ceiling()) {
            caller.member = Arc::new(caller.member.within(bounds));
        }
        self.0.cache.used(&shown, now);
        Ok((caller, context))
    }

    /// The tenant's context, whoever asks: the worker that carries out approved operations has no key to show.
    ///
    /// [`TenantError::WrongStatus`] for a tenant that is not served.
    pub async fn context(&self, tenant: &TenantId) -> Result<Arc<TenantContext>, TenantError> {
        let cache = &self.0.cache;
        if cache.is_current()
            && let Some(context) = cache.context(tenant)
        {
            return served(context);
        }
        let _turn = self.0.lookups.acquire().await;
        // Somebody else may have looked it up while this one waited.
        let stamp = cache.stamp();
        if cache.is_current()
            && let Some(context) = cache.context(tenant)
        {
            return served(context);
        }
        let context = Arc::new(self.load(tenant).await?);
        cache.keep_context(stamp, &context);
        served(context)
    }

    async fn key(&self, kind: Kind, hash: &TokenHash) -> Result<KnownKey, Refused> {
        let cache = &self.0.cache;
        if !cache.is_current() {
            return Err(Refused::CannotCheck(None));
        }
        if let Some(known) = cache.key(hash) {
            return found(known, Why::StillUnknown);
        }
        let _turn = self.0.key_lookups.acquire().await;
        let stamp = cache.stamp();
        // Somebody else may have looked it up while this one waited.
        if let Some(known) = cache.key(hash) {
            return found(known, Why::StillUnknown);
        }
        let store = &self.0.store;
        let read: Result<Option<KnownKey>, StoreError> = if kind == Kind::AccessToken {
            store.grants.find_by_access(hash).await.map(|found| found.map(Into::into))
        } else {
            store.keys.find_by_hash(hash).await.map(|found| found.map(Into::into))
        };
        let read = read.map_err(|error| Refused::CannotCheck(Some(Box::new(error.into()))))?;
        cache.keep_key(stamp, hash, read.clone());
        found(read.into(), Why::Unknown)
    }

    async fn load(&self, tenant: &TenantId) -> Result<TenantContext, TenantError> {
        let Inner { store, vault, .. } = &*self.0;
        let found = store.tenants.find(tenant).await?.ok_or(TenantError::Unknown)?;
        if found.status == TenantStatus::Deleted {
            return Err(TenantError::Unknown);
        }
        let data_key = Arc::new(data_key(store, vault, tenant).await?);
        let credentials: Vec<_> = store.credentials.list(tenant).await?.into_iter().map(Arc::new).collect();
        let connections = store.connections.list(tenant).await?.into_iter().map(|connection| {
            let own = credentials.iter().filter(|credential| credential.connection == connection.id);
            let credentials = own.map(Arc::clone).collect();
            Arc::new(ConnectionContext { connection, credentials })
        });
        let connections = connections.collect();
        let has_approver = store.members.list(tenant).await?.iter().any(Member::may_approve);
        Ok(TenantContext { tenant: found, connections, has_approver, data_key, vault: Arc::clone(vault) })
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Registry")
    }
}

fn found(known: Lookup, otherwise: Why) -> Result<KnownKey, Refused> {
    match known {
        Lookup::Key(key) => Ok(key),
        Lookup::Nobody => Err(Refused::Unauthorized(otherwise)),
    }
}

fn served(context: Arc<TenantContext>) -> Result<Arc<TenantContext>, TenantError> {
    match context.tenant.status {
        TenantStatus::Active => Ok(context),
        other => Err(TenantError::WrongStatus(other)),
    }
}
