//! API keys: what opens `/mcp`, by hash.

use crate::domain::actor::ApiKey;
use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{KeyId, MemberId, TenantId};
use crate::domain::member::Member;
use crate::domain::tenant::TenantStatus;

use super::rights::managed;
use crate::store::audit::record;
use crate::store::db::{Db, Reason};
use crate::store::error::StoreError;
use crate::store::members;
use crate::store::row::Row;
use crate::store::tenants::changed;
use crate::store::value::{hex, json, values};

macro_rules! columns {
    () => {
        "k.id, k.tenant_id, k.member_id, k.name, m.name AS person, k.scopes, k.standing, k.last4, k.created_at, k.expires_at, \
         k.last_used_at, k.revoked_at"
    };
}

// The name is written for a gateway of before there were members; what is read is the member's own.
const INSERT: &str = "INSERT INTO api_keys (id, tenant_id, hash, name, member_id, person, scopes, standing, last4, \
    created_at, expires_at, last_used_at, revoked_at) \
    SELECT $1, $2, $3, $4, m.id, m.name, $6, $7, $8, $9, $10, $11, $12 FROM members m \
    WHERE m.tenant_id = $2 AND m.id = $5 AND m.removed_at IS NULL";
const FIND_BY_HASH: &str = concat!(
    "SELECT ",
    columns!(),
    ", ",
    members::columns!(),
    ", t.status AS tenant_status FROM api_keys k JOIN members m ON m.tenant_id = k.tenant_id AND m.id = k.member_id \
     JOIN tenants t ON t.id = k.tenant_id WHERE k.hash = $1"
);
const FIND: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM api_keys k JOIN members m ON m.tenant_id = k.tenant_id AND m.id = k.member_id \
     WHERE k.tenant_id = $1 AND k.id = $2"
);
const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM api_keys k JOIN members m ON m.tenant_id = k.tenant_id AND m.id = k.member_id \
     WHERE k.tenant_id = $1 ORDER BY k.created_at, k.id"
);
const REVOKE: &str = "UPDATE api_keys SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL";
const TOUCH: &str = "UPDATE api_keys SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2 \
    AND (last_used_at IS NULL OR last_used_at < $3)";

/// The tenants' API keys.
#[derive(Clone)]
pub struct ApiKeys {
    db: Db,
}

impl ApiKeys {
    pub(in crate::store) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// Keeps a new key by its hash; false, and nothing is kept, when its member is none of the tenant's.
    pub async fn create(&self, key: &ApiKey, hash: &[u8; 32], event: &AuditEvent) -> Result<bool, StoreError> {
        let mut tx = managed(&self.db, &key.tenant, &event.actor).await?;
        let Some(holder) = members::current(&mut tx, &key.tenant, &key.member).await? else { return Ok(false) };
        // Its role was narrowed meanwhile: the key would widen by itself when the role does again.
        if !holder.ceiling().holds(key.scopes) {
            return Err(StoreError::Conflict("holder"));
        }
        let row = values![
            &key.id,
            &key.tenant,
            hex(hash),
            &key.name,
            &key.member,
            json(&key.scopes)?,
            json(&key.standing)?,
            &key.last4,
            key.created_at,
            key.expires_at,
            key.last_used_at,
            key.revoked_at,
        ];
        if tx.execute(INSERT, row).await.map_err(|error| error.conflict("key"))? == 0 {
            return Ok(false);
        }
        record(&mut tx, event).await?;
        changed(&mut tx, &key.tenant).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The key of this hash, revoked and expired ones too, with its member and with how its tenant stands.
    pub async fn find_by_hash(&self, hash: &[u8; 32]) -> Result<Option<(ApiKey, Member, TenantStatus)>, StoreError> {
        let found = self.db.across(Reason::KeyLookup).fetch_optional(FIND_BY_HASH, values![hex(hash)]).await?;
        let Some(row) = found else { return Ok(None) };
        let status = row.of("tenants").parse("tenant_status", TenantStatus::parse)?;
        Ok(Some((read(&row)?, members::read(&row)?, status)))
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
        let mut tx = managed(&self.db, tenant, &event.actor).await?;
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
        member: row.parse("member_id", |text| MemberId::parse(text).ok())?,
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
