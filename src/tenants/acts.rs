//! The acts on tenants that REST and command line share, with their audit rows.

use std::net::IpAddr;
use std::sync::Arc;

use duo_api::{DuoClient, IntegrationKey};

use super::credentials::{Attempts, Refusals};
use super::error::TenantError;
use super::sign_in::RelyingParty;
use crate::domain::actor::Actor;
use crate::domain::audit::AuditEvent;
use crate::domain::clock::Clock;
use crate::domain::ids::{EventId, InviteId, MemberId, TenantId};
use crate::domain::preset::Preset;
use crate::domain::random::Random;
use crate::domain::tenant::{Slug, Tenant, TenantStatus};
use crate::domain::text::is_misleading;
use crate::store::{DataKeyRow, Store, StoreError};
use crate::vault::{DataKey, HouseKeys, Vault, WrappedDataKey};

/// How long names for people may be.
pub(super) const LONGEST_NAME: usize = 100;

/// Does what an operator asks for; cheap to clone. Who asks is an argument of each act.
#[derive(Clone)]
pub struct Acts {
    pub(super) store: Store,
    pub(super) vault: Arc<Vault>,
    pub(super) house: Arc<HouseKeys>,
    pub(super) client: DuoClient,
    pub(super) clock: Clock,
    pub(super) random: Random,
    pub(super) attempts: Arc<Attempts<IntegrationKey>>,
    pub(super) strangers: Arc<Attempts<IpAddr>>,
    pub(super) refusals: Arc<Refusals<InviteId>>,
    pub(super) refused_sign_ins: Arc<Refusals<(MemberId, &'static str)>>,
    pub(super) passkeys: Option<Arc<RelyingParty>>,
}

impl Acts {
    /// Acts on this store, checking credentials by this client.
    pub fn new(
        store: Store,
        vault: Arc<Vault>,
        house: Arc<HouseKeys>,
        client: DuoClient,
        clock: Clock,
        random: Random,
    ) -> Self {
        let (attempts, strangers) = (Arc::default(), Arc::default());
        let (refusals, refused_sign_ins) = (Arc::default(), Arc::default());
        Self {
            store,
            vault,
            house,
            client,
            clock,
            random,
            attempts,
            strangers,
            refusals,
            refused_sign_ins,
            passkeys: None,
        }
    }

    /// With passkeys for members, where the public origin is one that can have them.
    #[must_use]
    pub fn with_passkeys(self, origin: &str) -> Self {
        Self { passkeys: RelyingParty::of(origin).map(Arc::new), ..self }
    }

    /// Registers a tenant and makes its data key.
    pub async fn register_tenant(&self, slug: &str, name: &str, by: &Actor) -> Result<Tenant, TenantError> {
        let (slug, name) = (Slug::parse(slug.trim())?, plain_text(name, "a tenant's name")?);
        let id = TenantId::new(&self.random)?;
        let (_, WrappedDataKey { version, kek_id, wrapped }) = self.vault.new_data_key(&id, 1)?;
        let row = DataKeyRow { tenant: id.clone(), version, kek_id, wrapped };
        let (status, preset, created_at) = (TenantStatus::Active, Preset::default(), self.clock.now());
        let tenant = Tenant { id, slug, name, status, revision: 0, created_at, require_push: false, preset };
        let event = self.event("tenant.register", by, Some(&tenant.id), vec![])?;
        match self.store.tenants.register(&tenant, &row, &event).await {
            Err(StoreError::Conflict("slug")) => Err(TenantError::SlugTaken(tenant.slug.to_string())),
            other => Ok(other?),
        }
    }

    /// Stops serving a tenant; its data is kept.
    pub async fn suspend_tenant(&self, tenant: &TenantId, by: &Actor) -> Result<Tenant, TenantError> {
        self.set_status(tenant, TenantStatus::Active, TenantStatus::Suspended, "tenant.suspend", by).await
    }

    /// Serves a suspended tenant again.
    pub async fn resume_tenant(&self, tenant: &TenantId, by: &Actor) -> Result<Tenant, TenantError> {
        self.set_status(tenant, TenantStatus::Suspended, TenantStatus::Active, "tenant.resume", by).await
    }

    /// Sets whether members who connect a client have to answer a Duo push as well.
    pub async fn require_push(&self, tenant: &TenantId, require: bool, by: &Actor) -> Result<Tenant, TenantError> {
        self.may_manage(tenant, by).await?;
        let action = if require { "tenant.require_push" } else { "tenant.no_push" };
        let event = self.event(action, by, Some(tenant), vec![])?;
        self.store.tenants.require_push(tenant, require, &event).await?.ok_or(TenantError::Unknown)
    }

    /// Bounds what any key or client of the tenant may do; it holds within two seconds, on every replica.
    pub async fn set_preset(&self, tenant: &TenantId, preset: Preset, by: &Actor) -> Result<Tenant, TenantError> {
        self.may_manage(tenant, by).await?;
        let event = self.event("tenant.preset", by, Some(tenant), vec![preset.to_string()])?;
        self.store.tenants.set_preset(tenant, preset, &event).await?.ok_or(TenantError::Unknown)
    }

    /// Ends a tenant: secrets, keys and operations are erased, the audit log stays.
    pub async fn delete_tenant(&self, tenant: &TenantId, by: &Actor) -> Result<(), TenantError> {
        self.may_manage(tenant, by).await?;
        let event = self.event("tenant.delete", by, Some(tenant), vec![])?;
        if self.store.tenants.delete(tenant, &event).await? { Ok(()) } else { Err(TenantError::Unknown) }
    }

    /// The tenant, unless it is deleted.
    pub async fn tenant(&self, tenant: &TenantId) -> Result<Tenant, TenantError> {
        let found = self.store.tenants.find(tenant).await?;
        found.filter(|found| found.status != TenantStatus::Deleted).ok_or(TenantError::Unknown)
    }

    /// The tenant of this id or short name, unless it is deleted.
    pub async fn find_tenant(&self, text: &str) -> Result<Tenant, TenantError> {
        if let Ok(id) = TenantId::parse(text.trim()) {
            return self.tenant(&id).await;
        }
        let Ok(slug) = Slug::parse(text.trim()) else { return Err(TenantError::Unknown) };
        let found = self.store.tenants.find_by_slug(&slug).await?;
        found.filter(|found| found.status != TenantStatus::Deleted).ok_or(TenantError::Unknown)
    }

    async fn set_status(
        &self,
        tenant: &TenantId,
        from: TenantStatus,
        to: TenantStatus,
        action: &str,
        by: &Actor,
    ) -> Result<Tenant, TenantError> {
        let event = self.event(action, by, Some(tenant), vec![])?;
        match self.store.tenants.set_status(tenant, from, to, &event).await? {
            Some(tenant) => Ok(tenant),
            None => Err(TenantError::WrongStatus(self.tenant(tenant).await?.status)),
        }
    }

    /// The tenant's open data key.
    pub(super) async fn data_key(&self, tenant: &TenantId) -> Result<DataKey, TenantError> {
        data_key(&self.store, &self.vault, tenant).await
    }

    /// An audit row of a business act that is done when its row is there.
    pub(super) fn event(
        &self,
        action: &str,
        by: &Actor,
        tenant: Option<&TenantId>,
        objects: Vec<String>,
    ) -> Result<AuditEvent, TenantError> {
        Ok(AuditEvent {
            tenant: tenant.cloned(),
            objects,
            ..AuditEvent::done(EventId::new(&self.random)?, self.clock.now(), by.clone(), action)
        })
    }
}

impl std::fmt::Debug for Acts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Acts")
    }
}

/// A tenant's open data key. A tenant without one is gone.
pub(super) async fn data_key(store: &Store, vault: &Vault, tenant: &TenantId) -> Result<DataKey, TenantError> {
    let DataKeyRow { version, kek_id, wrapped, .. } =
        store.data_keys.active(tenant).await?.ok_or(TenantError::Unknown)?;
    Ok(vault.unwrap_data_key(tenant, &WrappedDataKey { version, kek_id, wrapped })?)
}

/// A text that people read: trimmed, not empty, not long, and nothing in it that a terminal or a log would obey.
pub(super) fn plain_text(text: &str, what: &'static str) -> Result<String, TenantError> {
    let text = text.trim();
    let bad = text.is_empty() || text.chars().count() > LONGEST_NAME || text.chars().any(is_misleading);
    if bad { Err(TenantError::BadText { what, longest: LONGEST_NAME }) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_people_are_plain() {
        assert_eq!(plain_text("  Acme & Søn ", "x").unwrap(), "Acme & Søn");
        for bad in ["", "  ", "a\nb", "a\u{1b}[0m", "a\u{202e}b", &"x".repeat(101)] {
            assert!(plain_text(bad, "x").is_err(), "{bad:?}");
        }
    }
}
