//! Grants by id, by tenant and by access token; used, and taken back.

use std::collections::HashMap;

use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::grant::Grant;
use crate::domain::ids::{GrantId, MemberId, TenantId};
use crate::domain::member::Member;
use crate::domain::tenant::TenantStatus;

use super::super::access::rights::still_manages_or_is;
use super::super::audit::record;
use super::super::db::{Db, Reason, Tx};
use super::super::error::StoreError;
use super::super::members;
use super::super::row::Row;
use super::super::tenants::{changed, lock_existing};
use super::super::value::{hex, values};

macro_rules! columns {
    () => {
        "g.id, g.tenant_id, g.member_id AS granted_by, g.client, g.client_name, g.redirect_origin, g.scopes, g.resource, \
         g.created_at, g.expires_at, g.last_used_at, g.revoked_at, g.revoked_why, g.generation, g.used_generation, \
         g.rotated_at, g.idle_until"
    };
}
pub(super) use columns;

const FIND: &str = concat!("SELECT ", columns!(), " FROM grants g WHERE g.tenant_id = $1 AND g.id = $2");
const LIST: &str = concat!("SELECT ", columns!(), " FROM grants g WHERE g.tenant_id = $1 ORDER BY g.created_at, g.id");
const OF_CLIENT: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM grants g WHERE g.client = $1 AND g.revoked_at IS NULL ORDER BY g.tenant_id, g.id"
);
const COUNTS: &str = "SELECT client, COUNT(*) AS many FROM grants WHERE revoked_at IS NULL AND expires_at > $1 \
    GROUP BY client";
const FIND_BY_ACCESS: &str = concat!(
    "SELECT ",
    columns!(),
    ", ",
    members::columns!(),
    ", a.generation AS token_generation, a.scopes AS token_scopes, a.expires_at AS token_expires_at, \
     t.status AS tenant_status FROM access_tokens a \
     JOIN grants g ON g.tenant_id = a.tenant_id AND g.id = a.grant_id \
     JOIN members m ON m.tenant_id = g.tenant_id AND m.id = g.member_id \
     JOIN tenants t ON t.id = g.tenant_id WHERE a.hash = $1"
);
const REVOKE: &str = "UPDATE grants SET revoked_at = $3, revoked_why = $4 \
    WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL";
// An identity at a provider may also have signed its member in on the pages; of every other grant, tokens are all there is.
const CLOSE_SESSIONS: &str = "DELETE FROM member_sessions WHERE tenant_id = $1 AND member_id IN \
    (SELECT member_id FROM grants WHERE tenant_id = $1 AND id = $2 AND resource = '')";
const TOUCH: &str = "UPDATE grants SET last_used_at = CASE WHEN last_used_at > $3 THEN last_used_at ELSE $3 END, \
    used_generation = CASE WHEN used_generation > $4 THEN used_generation ELSE $4 END WHERE tenant_id = $1 AND id = $2";
const DELETE_ACCESS: &str = "DELETE FROM access_tokens WHERE tenant_id = $1 AND hash = $2";

/// What members granted.
#[derive(Clone)]
pub struct Grants {
    pub(super) db: Db,
}

/// What an access token opens.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The grant, with the scopes of this very token.
    pub grant: Grant,
    /// Who gave it.
    pub member: Member,
    /// The token's generation.
    pub generation: i64,
    /// When the token ends.
    pub expires_at: Timestamp,
    /// How the tenant stands.
    pub status: TenantStatus,
}

impl Grants {
    pub(in crate::store) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// The grant of this id, ended ones too.
    pub async fn find(&self, tenant: &TenantId, grant: &GrantId) -> Result<Option<Grant>, StoreError> {
        self.db.tenant(tenant).fetch_optional(FIND, values![tenant, grant]).await?.as_ref().map(read).transpose()
    }

    /// The tenant's grants, oldest first, ended ones too.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<Grant>, StoreError> {
        self.db.tenant(tenant).fetch_all(LIST, values![tenant]).await?.iter().map(read).collect()
    }

    /// What anybody granted this client and nobody took back.
    pub async fn of_client(&self, client: &str) -> Result<Vec<Grant>, StoreError> {
        self.db.across(Reason::Operator).fetch_all(OF_CLIENT, values![client]).await?.iter().map(read).collect()
    }

    /// How many grants of each client work.
    pub async fn counts(&self, now: Timestamp) -> Result<HashMap<String, i64>, StoreError> {
        let rows = self.db.across(Reason::Operator).fetch_all(COUNTS, values![now]).await?;
        rows.iter().map(|row| Ok((row.get("client")?, row.get("many")?))).collect()
    }

    /// What the access token of this hash opens, ended grants and expired tokens too.
    pub async fn find_by_access(&self, hash: &[u8; 32]) -> Result<Option<Opened>, StoreError> {
        let found = self.db.across(Reason::KeyLookup).fetch_optional(FIND_BY_ACCESS, values![hex(hash)]).await?;
        let Some(row) = found else { return Ok(None) };
        let (member, mut grant) = (members::read(&row)?, read(&row)?);
        let row = row.of("access_tokens");
        grant.scopes = row.json("token_scopes")?;
        Ok(Some(Opened {
            grant,
            member,
            generation: row.int("token_generation")?,
            expires_at: row.time("token_expires_at")?,
            status: row.parse("tenant_status", TenantStatus::parse)?,
        }))
    }

    /// Takes a grant back; false when there is none, or it ended before.
    pub async fn revoke(
        &self,
        tenant: &TenantId,
        grant: &GrantId,
        why: &str,
        at: Timestamp,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.tenant(tenant).begin().await?;
        lock_existing(&mut tx, tenant).await?;
        let Some(row) = tx.fetch_optional(FIND, values![tenant, grant]).await? else { return Ok(false) };
        still_manages_or_is(&mut tx, tenant, &read(&row)?.member, &event.actor).await?;
        if !end(&mut tx, tenant, grant, why, at, event).await? {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Takes one access token back and leaves the grant.
    pub async fn delete_access(&self, tenant: &TenantId, hash: &[u8; 32]) -> Result<(), StoreError> {
        let mut tx = self.db.tenant(tenant).begin().await?;
        lock_existing(&mut tx, tenant).await?;
        if tx.execute(DELETE_ACCESS, values![tenant, hex(hash)]).await? == 1 {
            changed(&mut tx, tenant).await?;
        }
        tx.commit().await
    }

    /// Notes that access tokens of these generations were in use. Replicas learn nothing of it.
    pub async fn touch(&self, used: &[(TenantId, GrantId, i64)], at: Timestamp) -> Result<(), StoreError> {
        if used.is_empty() {
            return Ok(());
        }
        // Always in the same order, so that two replicas never wait for each other.
        let mut sorted: Vec<_> = used.iter().collect();
        sorted.sort();
        let mut tx = self.db.across(Reason::KeyUse).begin().await?;
        for (tenant, grant, generation) in sorted {
            tx.execute(TOUCH, values![tenant, grant, at, *generation]).await?;
        }
        tx.commit().await
    }
}

/// Ends a grant inside a transaction that holds the tenant; comes last in it.
pub(super) async fn end(
    tx: &mut Tx,
    tenant: &TenantId,
    grant: &GrantId,
    why: &str,
    at: Timestamp,
    event: &AuditEvent,
) -> Result<bool, StoreError> {
    if tx.execute(REVOKE, values![tenant, grant, at, why]).await? == 0 {
        return Ok(false);
    }
    tx.execute(CLOSE_SESSIONS, values![tenant, grant]).await?;
    record(tx, event).await?;
    changed(tx, tenant).await?;
    Ok(true)
}

/// A grant, from a row that has its columns among others.
pub(super) fn read(row: &Row) -> Result<Grant, StoreError> {
    let row = row.of("grants");
    Ok(Grant {
        id: row.parse("id", |text| GrantId::parse(text).ok())?,
        tenant: row.parse("tenant_id", |text| TenantId::parse(text).ok())?,
        member: row.parse("granted_by", |text| MemberId::parse(text).ok())?,
        client: row.text("client")?,
        client_name: row.text("client_name")?,
        redirect_origin: row.text("redirect_origin")?,
        scopes: row.json("scopes")?,
        resource: row.text("resource")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        last_used_at: row.time_opt("last_used_at")?,
        revoked_at: row.time_opt("revoked_at")?,
        revoked_why: row.text_opt("revoked_why")?,
    })
}
