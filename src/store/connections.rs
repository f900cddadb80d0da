//! Connections: a tenant's Duo accounts by name.

use crate::domain::audit::AuditEvent;
use crate::domain::connection::{ApiHost, Connection};
use crate::domain::ids::{ConnectionId, TenantId};
use crate::domain::tenant::Slug;

use super::access::rights::managed;
use super::audit::record;
use super::db::{Db, Tx};
use super::error::StoreError;
use super::row::Row;
use super::tenants::changed;
use super::value::{json, values};

macro_rules! columns {
    () => {
        "id, tenant_id, name, label, host, defaults, created_at"
    };
}

const PUT: &str = concat!(
    "INSERT INTO connections (",
    columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, name) \
     DO UPDATE SET label = excluded.label, host = excluded.host, defaults = excluded.defaults RETURNING ",
    columns!()
);
const FIND: &str = concat!("SELECT ", columns!(), " FROM connections WHERE tenant_id = $1 AND name = $2");
const LIST: &str = concat!("SELECT ", columns!(), " FROM connections WHERE tenant_id = $1 ORDER BY name");
const DELETE: &str = "DELETE FROM connections WHERE tenant_id = $1 AND name = $2";

/// The tenants' connections to Duo.
#[derive(Clone)]
pub struct Connections {
    db: Db,
}

impl Connections {
    pub(super) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// Keeps a connection: as a new one, or as the new contents of the one with this name, whose id and age stay. What
    /// is kept now.
    pub async fn put(&self, connection: &Connection, event: &AuditEvent) -> Result<Connection, StoreError> {
        let mut tx = managed(&self.db, &connection.tenant, &event.actor).await?;
        let kept = keep(&mut tx, connection).await?;
        record(&mut tx, event).await?;
        changed(&mut tx, &connection.tenant).await?;
        tx.commit().await?;
        Ok(kept)
    }

    /// The connection of this name.
    pub async fn find(&self, tenant: &TenantId, name: &Slug) -> Result<Option<Connection>, StoreError> {
        let scope = self.db.tenant(tenant);
        scope.fetch_optional(FIND, values![tenant, name.as_str()]).await?.as_ref().map(read).transpose()
    }

    /// The tenant's connections, by name.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<Connection>, StoreError> {
        self.db.tenant(tenant).fetch_all(LIST, values![tenant]).await?.iter().map(read).collect()
    }

    /// Removes a connection with its credentials; false when there is none.
    pub async fn delete(&self, tenant: &TenantId, name: &Slug, event: &AuditEvent) -> Result<bool, StoreError> {
        let mut tx = managed(&self.db, tenant, &event.actor).await?;
        // Its credentials go with it: the table says so.
        if tx.execute(DELETE, values![tenant, name.as_str()]).await? == 0 {
            return Ok(false);
        }
        record(&mut tx, event).await?;
        changed(&mut tx, tenant).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Keeps a connection inside a transaction that holds the tenant.
pub(super) async fn keep(tx: &mut Tx, connection: &Connection) -> Result<Connection, StoreError> {
    let row = values![
        &connection.id,
        &connection.tenant,
        connection.name.as_str(),
        &connection.label,
        connection.host.as_str(),
        json(&connection.defaults)?,
        connection.created_at,
    ];
    let row = tx.fetch_optional(PUT, row).await?.ok_or(StoreError::Refused(sqlx::Error::RowNotFound))?;
    read(&row)
}

fn read(row: &Row) -> Result<Connection, StoreError> {
    let row = row.of("connections");
    Ok(Connection {
        id: row.parse("id", |text| ConnectionId::parse(text).ok())?,
        tenant: row.parse("tenant_id", |text| TenantId::parse(text).ok())?,
        name: row.parse("name", |text| Slug::parse(text).ok())?,
        label: row.text_opt("label")?,
        host: row.parse("host", |text| ApiHost::parse(text).ok())?,
        defaults: row.json("defaults")?,
        created_at: row.time("created_at")?,
    })
}
