//! Tenants: their rows, and the end of one.

use crate::domain::audit::AuditEvent;
use crate::domain::ids::TenantId;
use crate::domain::preset::Preset;
use crate::domain::tenant::{Slug, Tenant, TenantStatus};

use super::access::rights::managed_if_there;
use super::audit::record;
use super::data_keys::{self, DataKeyRow};
use super::db::{Db, Reason, Tx};
use super::error::StoreError;
use super::house;
use super::row::Row;
use super::value::{Value, values};

const INSERT: &str = "INSERT INTO tenants (id, slug, name, status, revision, created_at, require_push, preset) \
    VALUES ($1, $2, $3, $4, 0, $5, $6, $7)";
const FIND: &str =
    "SELECT id, slug, name, status, revision, created_at, require_push, preset FROM tenants WHERE id = $1";
const FIND_BY_SLUG: &str =
    "SELECT id, slug, name, status, revision, created_at, require_push, preset FROM tenants WHERE slug = $1";
const LIST: &str = "SELECT id, slug, name, status, revision, created_at, require_push, preset FROM tenants \
    WHERE ($1 IS NULL OR id > $1) ORDER BY id LIMIT $2";
const SET_STATUS: &str = "UPDATE tenants SET status = $3 WHERE id = $1 AND status = $2 AND status <> 'deleted'";
const REQUIRE_PUSH: &str = "UPDATE tenants SET require_push = $2 WHERE id = $1 AND status <> 'deleted'";
const PRESET: &str = "UPDATE tenants SET preset = $2 WHERE id = $1 AND status <> 'deleted'";
const LOCK: &str = "UPDATE tenants SET revision = revision WHERE id = $1 AND status <> 'deleted' RETURNING id";
const CHANGED: &str = "UPDATE tenants SET revision = $2 WHERE id = $1";

// The row stays, as what the audit log speaks of. Its short name is free again: what it is called from now on is made
// of the beginning of the name and of the id, and is a short name, too.
const DELETE: &str = "UPDATE tenants SET status = 'deleted', \
    slug = substr(slug, 1, 17) || '-' || lower(substr(id, 4)) WHERE id = $1 AND status <> 'deleted' RETURNING id";
const ERASE: [&str; 17] = [
    "DELETE FROM credentials WHERE tenant_id = $1",
    "DELETE FROM connections WHERE tenant_id = $1",
    "DELETE FROM api_keys WHERE tenant_id = $1",
    "DELETE FROM refresh_tokens WHERE tenant_id = $1",
    "DELETE FROM access_tokens WHERE tenant_id = $1",
    "DELETE FROM grants WHERE tenant_id = $1",
    "DELETE FROM authorization_codes WHERE tenant_id = $1",
    "DELETE FROM member_sessions WHERE tenant_id = $1",
    "DELETE FROM owner_keys WHERE tenant_id = $1",
    "DELETE FROM passkeys WHERE tenant_id = $1",
    "DELETE FROM passkey_answers WHERE tenant_id = $1",
    "DELETE FROM invites WHERE tenant_id = $1",
    "DELETE FROM members WHERE tenant_id = $1",
    "DELETE FROM steps WHERE tenant_id = $1",
    "DELETE FROM operations WHERE tenant_id = $1",
    "DELETE FROM pushes WHERE tenant_id = $1",
    "DELETE FROM data_keys WHERE tenant_id = $1",
];

/// The subscribers.
#[derive(Clone)]
pub struct Tenants {
    db: Db,
}

impl Tenants {
    pub(super) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// Registers a tenant with its first data key; `Conflict("slug")` when the short name is taken.
    pub async fn register(&self, tenant: &Tenant, key: &DataKeyRow, event: &AuditEvent) -> Result<Tenant, StoreError> {
        let mut tx = self.db.tenant(&tenant.id).begin().await?;
        insert(&mut tx, tenant).await?;
        data_keys::insert(&mut tx, key).await?;
        record(&mut tx, event).await?;
        let revision = changed(&mut tx, &tenant.id).await?;
        tx.commit().await?;
        Ok(Tenant { revision, ..tenant.clone() })
    }

    /// The tenant with this id, deleted ones too.
    pub async fn find(&self, tenant: &TenantId) -> Result<Option<Tenant>, StoreError> {
        self.db.tenant(tenant).fetch_optional(FIND, values![tenant]).await?.as_ref().map(read).transpose()
    }

    /// The tenant with this short name.
    pub async fn find_by_slug(&self, slug: &Slug) -> Result<Option<Tenant>, StoreError> {
        let scope = self.db.across(Reason::Operator);
        scope.fetch_optional(FIND_BY_SLUG, values![slug.as_str()]).await?.as_ref().map(read).transpose()
    }

    /// Tenants by id, from above `after` on, deleted ones too.
    pub async fn list(&self, after: Option<&TenantId>, limit: i64) -> Result<Vec<Tenant>, StoreError> {
        self.db.across(Reason::Operator).fetch_all(LIST, values![after, limit]).await?.iter().map(read).collect()
    }

    /// Moves a tenant from one status to another; `None` when it was not in the first. A deleted one stays deleted.
    pub async fn set_status(
        &self,
        tenant: &TenantId,
        from: TenantStatus,
        to: TenantStatus,
        event: &AuditEvent,
    ) -> Result<Option<Tenant>, StoreError> {
        self.set(tenant, (SET_STATUS, values![tenant, from.as_str(), to.as_str()]), event).await
    }

    /// Sets whether members who connect have to answer a push; `None` when there is no such tenant, or none any more.
    pub async fn require_push(
        &self,
        tenant: &TenantId,
        require: bool,
        event: &AuditEvent,
    ) -> Result<Option<Tenant>, StoreError> {
        self.set(tenant, (REQUIRE_PUSH, values![tenant, require]), event).await
    }

    /// Sets what any key or client may do at most; `None` when there is no such tenant, or none any more.
    pub async fn set_preset(
        &self,
        tenant: &TenantId,
        preset: Preset,
        event: &AuditEvent,
    ) -> Result<Option<Tenant>, StoreError> {
        self.set(tenant, (PRESET, values![tenant, preset.as_str()]), event).await
    }

    async fn set(
        &self,
        tenant: &TenantId,
        (sql, row): (&'static str, Vec<Value>),
        event: &AuditEvent,
    ) -> Result<Option<Tenant>, StoreError> {
        let Some(mut tx) = managed_if_there(&self.db, tenant, &event.actor).await? else { return Ok(None) };
        if tx.execute(sql, row).await? == 0 {
            return Ok(None);
        }
        record(&mut tx, event).await?;
        changed(&mut tx, tenant).await?;
        let row = tx.fetch_optional(FIND, values![tenant]).await?;
        tx.commit().await?;
        row.as_ref().map(read).transpose()
    }

    /// Ends a tenant: its connections, credentials, keys, operations and pushes are erased and its short name is free;
    /// the row and the audit log stay. False when there is none, or none any more.
    pub async fn delete(&self, tenant: &TenantId, event: &AuditEvent) -> Result<bool, StoreError> {
        let Some(mut tx) = managed_if_there(&self.db, tenant, &event.actor).await? else { return Ok(false) };
        if tx.fetch_optional(DELETE, values![tenant]).await?.is_none() {
            return Ok(false);
        }
        for statement in ERASE {
            tx.execute(statement, values![tenant]).await?;
        }
        record(&mut tx, event).await?;
        changed(&mut tx, tenant).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Adds a tenant's row; `Conflict("slug")` when the short name is taken.
pub(super) async fn insert(tx: &mut Tx, tenant: &Tenant) -> Result<(), StoreError> {
    let (slug, status) = (tenant.slug.as_str(), tenant.status.as_str());
    let row =
        values![&tenant.id, slug, &tenant.name, status, tenant.created_at, tenant.require_push, tenant.preset.as_str()];
    tx.execute(INSERT, row).await.map(|_| ()).map_err(|error| error.conflict("slug"))
}

/// Makes every other act on this tenant wait until the transaction ends, so that what is counted or compared stays
/// true; false when there is no such tenant, or none any more. It comes first in a transaction, and the house's counter
/// last: who takes both in this order never waits in a circle.
pub(super) async fn lock(tx: &mut Tx, tenant: &TenantId) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional(LOCK, values![tenant]).await?.is_some())
}

/// The same, for acts that need the tenant.
pub(super) async fn lock_existing(tx: &mut Tx, tenant: &TenantId) -> Result<(), StoreError> {
    if lock(tx, tenant).await? { Ok(()) } else { Err(StoreError::Conflict("the tenant is gone")) }
}

/// Tells replicas that something of this tenant changed; comes last in a transaction.
pub(super) async fn changed(tx: &mut Tx, tenant: &TenantId) -> Result<i64, StoreError> {
    let revision = house::bump(tx).await?;
    tx.execute(CHANGED, values![tenant, revision]).await?;
    Ok(revision)
}

/// What bounds everybody of the tenant.
pub(super) async fn preset(tx: &mut Tx, tenant: &TenantId) -> Result<Preset, StoreError> {
    let row = tx.fetch_optional(FIND, values![tenant]).await?;
    row.as_ref().map_or(Ok(Preset::default()), |row| read(row).map(|tenant| tenant.preset))
}

fn read(row: &Row) -> Result<Tenant, StoreError> {
    let row = row.of("tenants");
    Ok(Tenant {
        id: row.parse("id", |text| TenantId::parse(text).ok())?,
        slug: row.parse("slug", |text| Slug::parse(text).ok())?,
        name: row.text("name")?,
        status: row.parse("status", TenantStatus::parse)?,
        revision: row.int("revision")?,
        created_at: row.time("created_at")?,
        require_push: row.flag("require_push")?,
        preset: row.parse("preset", |text| text.parse::<Preset>().ok())?,
    })
}
