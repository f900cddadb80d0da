//! Credentials: the sealed keys of Duo's APIs, one of each kind for a connection.

use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Api, ApiHost, CredentialStatus, Sealed, SealedCredential, SignatureVersion};
use crate::domain::ids::{ConnectionId, CredentialId, TenantId};

use super::access::rights::managed;
use super::audit::record;
use super::db::{Db, Tx};
use super::error::StoreError;
use super::row::Row;
use super::tenants::changed;
use super::value::{json, values};

macro_rules! columns {
    () => {
        "id, tenant_id, connection_id, api, host, ikey, skey, ikey_last4, fingerprint, signature, version, status, grants, \
         verified_at"
    };
}

// The version is compared in the same statement that writes, so that two writers cannot both replace the same one.
const PUT: &str = concat!(
    "INSERT INTO credentials (",
    columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (tenant_id, connection_id, api) \
     DO UPDATE SET id = excluded.id, host = excluded.host, ikey = excluded.ikey, skey = excluded.skey, \
     ikey_last4 = excluded.ikey_last4, fingerprint = excluded.fingerprint, signature = excluded.signature, \
     version = excluded.version, status = excluded.status, grants = excluded.grants, \
     verified_at = excluded.verified_at WHERE credentials.version = excluded.version - 1 RETURNING id"
);
const CONNECTION: &str = "SELECT id FROM connections WHERE tenant_id = $1 AND id = $2";
const STORED: &str = "SELECT version FROM credentials WHERE tenant_id = $1 AND connection_id = $2 AND api = $3";
const FIND: &str =
    concat!("SELECT ", columns!(), " FROM credentials WHERE tenant_id = $1 AND connection_id = $2 AND api = $3");
const LIST: &str = concat!("SELECT ", columns!(), " FROM credentials WHERE tenant_id = $1 ORDER BY connection_id, api");
const CHECKED: &str = "UPDATE credentials SET status = $4, grants = $5, \
    verified_at = CASE WHEN $4 = 'verified' THEN $6 ELSE verified_at END \
    WHERE tenant_id = $1 AND id = $2 AND version = $3";
const DELETE: &str = "DELETE FROM credentials WHERE tenant_id = $1 AND connection_id = $2 AND api = $3";

/// The tenants' credentials.
#[derive(Clone)]
pub struct Credentials {
    db: Db,
}

impl Credentials {
    pub(super) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// Keeps a credential: as the first of its kind for this connection, with version 1, or in place of the stored one,
    /// with the next version. `Conflict("version")` otherwise; `Conflict("connection")` when there is no such one.
    pub async fn put(&self, credential: &SealedCredential, event: &AuditEvent) -> Result<(), StoreError> {
        let tenant = &credential.tenant;
        let mut tx = managed(&self.db, tenant, &event.actor).await?;
        keep(&mut tx, credential).await?;
        record(&mut tx, event).await?;
        changed(&mut tx, tenant).await?;
        tx.commit().await
    }

    /// The credential of this kind for this connection.
    pub async fn find(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        api: Api,
    ) -> Result<Option<SealedCredential>, StoreError> {
        let scope = self.db.tenant(tenant);
        scope.fetch_optional(FIND, values![tenant, connection, api.as_str()]).await?.as_ref().map(read).transpose()
    }

    /// The tenant's credentials, connection by connection.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<SealedCredential>, StoreError> {
        self.db.tenant(tenant).fetch_all(LIST, values![tenant]).await?.iter().map(read).collect()
    }

    /// Notes what a check of exactly this version found; false when it was replaced or removed in the meantime.
    #[expect(clippy::too_many_arguments, reason = "a check is these facts; a type for one call would say no more")]
    pub async fn checked(
        &self,
        tenant: &TenantId,
        credential: &CredentialId,
        version: i64,
        status: CredentialStatus,
        grants: &[String],
        at: Timestamp,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = managed(&self.db, tenant, &event.actor).await?;
        let row = values![tenant, credential, version, status.as_str(), json(grants)?, at];
        if tx.execute(CHECKED, row).await? == 0 {
            return Ok(false);
        }
        record(&mut tx, event).await?;
        changed(&mut tx, tenant).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Removes a credential; false when there is none.
    pub async fn delete(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        api: Api,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = managed(&self.db, tenant, &event.actor).await?;
        if tx.execute(DELETE, values![tenant, connection, api.as_str()]).await? == 0 {
            return Ok(false);
        }
        record(&mut tx, event).await?;
        changed(&mut tx, tenant).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Keeps a credential inside a transaction that holds the tenant.
pub(super) async fn keep(tx: &mut Tx, credential: &SealedCredential) -> Result<(), StoreError> {
    let (tenant, connection, api) = (&credential.tenant, &credential.connection, credential.api.as_str());
    if tx.fetch_optional(CONNECTION, values![tenant, connection]).await?.is_none() {
        return Err(StoreError::Conflict("connection"));
    }
    let stored = tx.fetch_optional(STORED, values![tenant, connection, api]).await?;
    let stored: i64 = stored.map_or(Ok(0), |row| row.get("version"))?;
    if credential.version != stored + 1 {
        return Err(StoreError::Conflict("version"));
    }
    let row = values![
        &credential.id,
        tenant,
        connection,
        api,
        credential.host.as_str(),
        &credential.ikey.0,
        &credential.skey.0,
        &credential.ikey_last4,
        &credential.fingerprint,
        credential.signature.as_str(),
        credential.version,
        credential.status.as_str(),
        json(&credential.grants)?,
        credential.verified_at,
    ];
    tx.fetch_optional(PUT, row).await?.ok_or(StoreError::Conflict("version"))?;
    Ok(())
}

fn read(row: &Row) -> Result<SealedCredential, StoreError> {
    let row = row.of("credentials");
    let api = |text: &str| Api::ALL.into_iter().find(|api| api.as_str() == text);
    Ok(SealedCredential {
        id: row.parse("id", |text| CredentialId::parse(text).ok())?,
        tenant: row.parse("tenant_id", |text| TenantId::parse(text).ok())?,
        connection: row.parse("connection_id", |text| ConnectionId::parse(text).ok())?,
        api: row.parse("api", api)?,
        host: row.parse("host", |text| ApiHost::parse(text).ok())?,
        ikey: Sealed(row.text("ikey")?),
        skey: Sealed(row.text("skey")?),
        ikey_last4: row.text("ikey_last4")?,
        fingerprint: row.text("fingerprint")?,
        signature: row.parse("signature", SignatureVersion::parse)?,
        version: row.int("version")?,
        status: row.parse("status", CredentialStatus::parse)?,
        grants: row.json("grants")?,
        verified_at: row.time_opt("verified_at")?,
    })
}
