//! API keys: what opens `/mcp`, by hash.

use crate::domain::actor::ApiKey;
use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{KeyId, TenantId};
use crate::domain::tenant::TenantStatus;

use super::audit::record;
use super::db::{Db, Reason};
use super::error::StoreError;
use super::row::Row;
use super::tenants::{changed, lock_existing};
use super::value::{hex, json, values};

macro_rules! columns {
    () => {
        "k.id, k.tenant_id, k.name, k.person, k.scopes, k.standing, k.last4, k.created_at, k.expires_at, k.last_used_at, \
         k.revoked_at"
    };
}

const INSERT: &str = "INSERT INTO api_keys (id, tenant_id, hash, name, person, scopes, standing, last4, created_at, \
    expires_at, last_used_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const FIND_BY_HASH: &str = concat!(
    "SELECT ",
    columns!(),
    ", t.status AS tenant_status FROM api_keys k JOIN tenants t ON t.id = k.tenant_id WHERE k.hash = $1"
);
const FIND: &str = concat!("SELECT ", columns!(), " FROM api_keys k WHERE k.tenant_id = $1 AND k.id = $2");
const LIST: &str =
    concat!("SELECT ", columns!(), " FROM api_keys k WHERE k.tenant_id = $1 ORDER BY k.created_at, k.id");
const REVOKE: &str = "UPDATE api_keys SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL";
const TOUCH: &str = "UPDATE api_keys SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2 \
    AND (last_used_at IS NULL OR last_used_at < $3)";

/// The tenants' API keys.
#[derive(Clone)]
pub struct ApiKeys {
    db: Db,
}

impl ApiKeys {
    pub(super) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// Keeps a new key by its hash.
    pub async fn create(&self, key: &ApiKey, hash: &[u8; 32], event: &AuditEvent) -> Result<(), StoreError> {
        let mut tx = self.db.tenant(&key.tenant).begin().await?;
        lock_existing(&mut tx, &key.tenant).await?;
        let row = values![
            &key.id,
            &key.tenant,
            hex(hash),
            &key.name,
            &key.person,
            json(&key.scopes)?,
            json(&key.standing)?,
            &key.last4,
            key.created_at,
            key.expires_at,
            key.last_used_at,
            key.revoked_at,
        ];
        tx.execute(INSERT, row).await.map_err(|error| error.conflict("key"))?;
        record(&mut tx, event).await?;
        changed(&mut tx, &key.tenant).await?;
        tx.commit().await
    }

    /// The key of this hash, revoked and expired ones too, with how its tenant stands.
    pub async fn find_by_hash(&self, hash: &[u8; 32]) -> Result<Option<(ApiKey, TenantStatus)>, StoreError> {
        let found = self.db.across(Reason::KeyLookup).fetch_optional(FIND_BY_HASH, values![hex(hash)]).await?;
        let Some(row) = found else { return Ok(None) };
        Ok(Some((read(&row)?, row.of("tenants").parse("tenant_status", TenantStatus::parse)?)))
    }

    /// The key with this id.
    pub async fn find(&self, tenant: &TenantId, key: &KeyId) -> Result<Option<ApiKey>, StoreError> {
        self.db.tenant(tenant).fetch_optional(FIND, values![tenant, key]).await?.as_ref().map(read).transpose()
    }

    /// The tenant's keys, oldest first, revoked ones too.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, StoreError> {
        self.db.tenant(tenant).fetch_all(LIST, values![tenant]).await?.iter().map(read).collect()
    }

    /// Takes a key back; false when there is none, or it was taken back before.
    pub async fn revoke(
        &self,
        tenant: &TenantId,
        key: &KeyId,
        at: Timestamp,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.tenant(tenant).begin().await?;
        lock_existing(&mut tx, tenant).await?;
        if tx.execute(REVOKE, values![tenant, key, at]).await? == 0 {
            return Ok(false);
        }
        record(&mut tx, event).await?;
        changed(&mut tx, tenant).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Notes that these keys were in use. Replicas learn nothing of it.
    pub async fn touch(&self, keys: &[(TenantId, KeyId)], at: Timestamp) -> Result<(), StoreError> {
        if keys.is_empty() {
            return Ok(());
        }
        // Always in the same order, so that two replicas never wait for each other.
        let mut sorted: Vec<_> = keys.iter().collect();
        sorted.sort();
        let mut tx = self.db.across(Reason::KeyUse).begin().await?;
        for (tenant, key) in sorted {
            tx.execute(TOUCH, values![tenant, key, at]).await?;
        }
        tx.commit().await
    }
}

fn read(row: &Row) -> Result<ApiKey, StoreError> {
    let row = row.of("api_keys");
    Ok(ApiKey {
        id: row.parse("id", |text| KeyId::parse(text).ok())?,
        tenant: row.parse("tenant_id", |text| TenantId::parse(text).ok())?,
        name: row.text("name")?,
        person: row.text("person")?,
        scopes: row.json("scopes")?,
        standing: row.json("standing")?,
        last4: row.text("last4")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        last_used_at: row.time_opt("last_used_at")?,
        revoked_at: row.time_opt("revoked_at")?,
    })
}
