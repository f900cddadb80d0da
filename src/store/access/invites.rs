//! Invites: made, used once, taken back; and what a used one makes.

use crate::domain::actor::Actor;
use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, SealedCredential};
use crate::domain::ids::{InviteId, MemberId, TenantId};
use crate::domain::invite::Invite;
use crate::domain::member::{Member, Role};
use crate::domain::tenant::Tenant;

use super::rights::managed;
use super::sign_in::{OwnerKeyRow, keep_owner_key};
use crate::store::audit::record;
use crate::store::connections;
use crate::store::credentials;
use crate::store::data_keys::{self, DataKeyRow};
use crate::store::db::{Db, Reason, Tx};
use crate::store::error::StoreError;
use crate::store::members;
use crate::store::row::Row;
use crate::store::tenants::{self, changed, lock_existing};
use crate::store::value::{hex, json, values};

macro_rules! columns {
    () => {
        "id, tenant_id, role, scopes, last4, made_by, created_at, expires_at, used_at, used_by, revoked_at"
    };
}

const INSERT: &str = "INSERT INTO invites (id, tenant_id, hash, role, scopes, last4, made_by, created_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const FIND_BY_HASH: &str = concat!("SELECT ", columns!(), " FROM invites WHERE hash = $1");
const LIST: &str = concat!("SELECT ", columns!(), " FROM invites WHERE tenant_id = $1 ORDER BY created_at, id");
const LIST_OF_HOUSE: &str =
    concat!("SELECT ", columns!(), " FROM invites WHERE tenant_id IS NULL ORDER BY created_at, id");
const USE: &str = "UPDATE invites SET used_at = $2, used_by = $3 WHERE hash = $1 AND used_at IS NULL \
    AND revoked_at IS NULL AND expires_at > $2 AND (tenant_id = $4 OR (tenant_id IS NULL AND $5))";
const REVOKE: &str =
    "UPDATE invites SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL AND used_at IS NULL";
const OPEN: &str = "SELECT id, made_by FROM invites WHERE tenant_id = $1 AND revoked_at IS NULL AND used_at IS NULL";
const REVOKE_OF_HOUSE: &str =
    "UPDATE invites SET revoked_at = $2 WHERE tenant_id IS NULL AND id = $1 AND revoked_at IS NULL AND used_at IS NULL";

/// The invites.
#[derive(Clone)]
pub struct Invites {
    db: Db,
}

/// A tenant that is kept whole or not at all.
#[derive(Clone, Copy, Debug)]
pub struct NewTenant<'a> {
    /// The tenant.
    pub tenant: &'a Tenant,
    /// Its data key.
    pub data_key: &'a DataKeyRow,
    /// Its first member.
    pub owner: &'a Member,
    /// The owner key by which that member comes back.
    pub key: &'a OwnerKeyRow,
    /// The hash of that key.
    pub hash: &'a [u8; 32],
    /// Its Duo account.
    pub connection: &'a Connection,
    /// The keys of that account.
    pub credentials: &'a [SealedCredential],
    /// What is written down of all this.
    pub events: &'a [AuditEvent],
}

impl Invites {
    pub(in crate::store) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// Keeps a new invite by its hash; `Conflict("manager")` when who made it manages the tenant no more.
    pub async fn create(&self, invite: &Invite, hash: &[u8; 32], event: &AuditEvent) -> Result<(), StoreError> {
        let mut tx = match &invite.tenant {
            Some(tenant) => managed(&self.db, tenant, &invite.made_by).await?,
            None => self.db.across(Reason::House).begin().await?,
        };
        let row = values![
            &invite.id,
            invite.tenant.as_ref(),
            hex(hash),
            invite.role.as_str(),
            json(&invite.scopes)?,
            &invite.last4,
            json(&invite.made_by)?,
            invite.created_at,
            invite.expires_at,
        ];
        tx.execute(INSERT, row).await.map_err(|error| error.conflict("invite"))?;
        record(&mut tx, event).await?;
        tx.commit().await
    }

    /// The invite of this hash, used and expired ones too.
    pub async fn find_by_hash(&self, hash: &[u8; 32]) -> Result<Option<Invite>, StoreError> {
        let scope = self.db.across(Reason::KeyLookup);
        scope.fetch_optional(FIND_BY_HASH, values![hex(hash)]).await?.as_ref().map(read).transpose()
    }

    /// The tenant's invites, or those that make tenants; oldest first, used ones too.
    pub async fn list(&self, tenant: Option<&TenantId>) -> Result<Vec<Invite>, StoreError> {
        let rows = match tenant {
            Some(tenant) => self.db.tenant(tenant).fetch_all(LIST, values![tenant]).await?,
            None => self.db.across(Reason::House).fetch_all(LIST_OF_HOUSE, values![]).await?,
        };
        rows.iter().map(read).collect()
    }

    /// Takes an invite back; false when there is none, or it was used or taken back before.
    pub async fn revoke(
        &self,
        tenant: Option<&TenantId>,
        invite: &InviteId,
        at: Timestamp,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let (mut tx, sql, row) = match tenant {
            Some(tenant) => (managed(&self.db, tenant, &event.actor).await?, REVOKE, values![tenant, invite, at]),
            None => (self.db.across(Reason::House).begin().await?, REVOKE_OF_HOUSE, values![invite, at]),
        };
        if tx.execute(sql, row).await? == 0 {
            return Ok(false);
        }
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Makes a member by an invite into its tenant, with the owner key by which the member comes back: both or neither,
    /// because the invite is of no use again. False, and nothing happens, when the invite is not open any more.
    pub async fn join(
        &self,
        invite: &[u8; 32],
        member: &Member,
        (key, hash): (&OwnerKeyRow, &[u8; 32]),
        at: Timestamp,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.tenant(&member.tenant).begin().await?;
        lock_existing(&mut tx, &member.tenant).await?;
        if !use_up(&mut tx, invite, at, member, false).await? {
            return Ok(false);
        }
        members::insert(&mut tx, member).await?;
        keep_owner_key(&mut tx, key, hash).await?;
        record(&mut tx, event).await?;
        changed(&mut tx, &member.tenant).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Registers a tenant with its first owner and its Duo account, by an invite where one is needed. False, and nothing
    /// happens, when the invite is not open any more; `Conflict("slug")` when the short name is taken.
    pub async fn enroll_tenant(&self, invite: Option<&[u8; 32]>, new: &NewTenant<'_>) -> Result<bool, StoreError> {
        // An invite that makes a tenant is no tenant's, so only who crosses tenants sees it.
        let mut tx = self.db.across(Reason::House).begin().await?;
        if let Some(hash) = invite
            && !use_up(&mut tx, hash, new.tenant.created_at, new.owner, true).await?
        {
            return Ok(false);
        }
        tenants::insert(&mut tx, new.tenant).await?;
        data_keys::insert(&mut tx, new.data_key).await?;
        members::insert(&mut tx, new.owner).await?;
        keep_owner_key(&mut tx, new.key, new.hash).await?;
        connections::keep(&mut tx, new.connection).await?;
        for credential in new.credentials {
            credentials::keep(&mut tx, credential).await?;
        }
        for event in new.events {
            record(&mut tx, event).await?;
        }
        changed(&mut tx, &new.tenant.id).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Takes back what this member's invites would still do, inside a transaction that holds the tenant.
pub(in crate::store) async fn revoke_of(
    tx: &mut Tx,
    tenant: &TenantId,
    member: &MemberId,
    at: Timestamp,
) -> Result<(), StoreError> {
    for row in tx.fetch_all(OPEN, values![tenant]).await? {
        let row = row.of("invites");
        if row.json::<Actor>("made_by")?.member() == Some(member) {
            tx.execute(REVOKE, values![tenant, row.text("id")?, at]).await?;
        }
    }
    Ok(())
}

async fn use_up(
    tx: &mut Tx,
    hash: &[u8; 32],
    at: Timestamp,
    member: &Member,
    makes_tenants: bool,
) -> Result<bool, StoreError> {
    let row = values![hex(hash), at, &member.id, &member.tenant, makes_tenants];
    Ok(tx.execute(USE, row).await? == 1)
}

fn read(row: &Row) -> Result<Invite, StoreError> {
    let row = row.of("invites");
    Ok(Invite {
        id: row.parse("id", |text| InviteId::parse(text).ok())?,
        tenant: row.parse_opt("tenant_id", |text| TenantId::parse(text).ok())?,
        role: row.parse("role", |text| text.parse::<Role>().ok())?,
        scopes: row.json("scopes")?,
        last4: row.text("last4")?,
        made_by: row.json("made_by")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        used_at: row.time_opt("used_at")?,
        used_by: row.parse_opt("used_by", |text| MemberId::parse(text).ok())?,
        revoked_at: row.time_opt("revoked_at")?,
    })
}
