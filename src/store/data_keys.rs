//! Data keys: each tenant's, wrapped under a KEK.

use crate::domain::connection::Sealed;
use crate::domain::ids::TenantId;

use super::db::{Db, Tx};
use super::error::StoreError;
use super::row::Row;
use super::value::values;

const INSERT: &str = "INSERT INTO data_keys (tenant_id, version, kek_id, wrapped, active) VALUES ($1, $2, $3, $4, $5)";
const ACTIVE: &str = "SELECT tenant_id, version, kek_id, wrapped FROM data_keys WHERE tenant_id = $1 AND active";
const FIND: &str = "SELECT tenant_id, version, kek_id, wrapped FROM data_keys WHERE tenant_id = $1 AND version = $2";

/// A tenant's data key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataKeyRow {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which of the tenant's keys it is; what is sealed names it.
    pub version: i64,
    /// The KEK under which it is wrapped.
    pub kek_id: String,
    /// The key, sealed.
    pub wrapped: Sealed,
}

/// The tenants' data keys.
#[derive(Clone)]
pub struct DataKeys {
    db: Db,
}

impl DataKeys {
    pub(super) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// The key under which the tenant's secrets are sealed now; a deleted tenant has none.
    pub async fn active(&self, tenant: &TenantId) -> Result<Option<DataKeyRow>, StoreError> {
        self.db.tenant(tenant).fetch_optional(ACTIVE, values![tenant]).await?.as_ref().map(read).transpose()
    }

    /// The key of this version.
    pub async fn find(&self, tenant: &TenantId, version: i64) -> Result<Option<DataKeyRow>, StoreError> {
        self.db.tenant(tenant).fetch_optional(FIND, values![tenant, version]).await?.as_ref().map(read).transpose()
    }
}

/// Adds a key as the active one.
pub(super) async fn insert(tx: &mut Tx, key: &DataKeyRow) -> Result<(), StoreError> {
    let row = values![&key.tenant, key.version, &key.kek_id, &key.wrapped.0, true];
    tx.execute(INSERT, row).await.map(|_| ())
}

fn read(row: &Row) -> Result<DataKeyRow, StoreError> {
    let row = row.of("data_keys");
    Ok(DataKeyRow {
        tenant: row.parse("tenant_id", |text| TenantId::parse(text).ok())?,
        version: row.int("version")?,
        kek_id: row.text("kek_id")?,
        wrapped: Sealed(row.text("wrapped")?),
    })
}
