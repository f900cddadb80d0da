//! Members: who acts for a tenant, and what goes with one that is removed.

use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{MemberId, TenantId};
use crate::domain::member::{Member, MemberKind, Role};

use super::audit::record;
use super::db::{Db, Tx};
use super::error::StoreError;
use super::oauth::REVOKE_OF_MEMBER;
use super::row::Row;
use super::tenants::{changed, lock_existing};
use super::value::{json, values};

macro_rules! columns {
    () => {
        "m.id AS member_id, m.tenant_id AS member_tenant, m.name AS member_name, m.kind AS member_kind, m.duo_username, \
         m.role AS member_role, m.scopes AS member_scopes, m.standing AS member_standing, m.created_at AS member_since, \
         m.removed_at AS member_removed_at"
    };
}
pub(super) use columns;

const INSERT: &str = "INSERT INTO members (id, tenant_id, name, kind, duo_username, role, scopes, standing, created_at, \
    removed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL)";
const FIND: &str = concat!("SELECT ", columns!(), " FROM members m WHERE m.tenant_id = $1 AND m.id = $2");
const FIND_BY_NAME: &str =
    concat!("SELECT ", columns!(), " FROM members m WHERE m.tenant_id = $1 AND m.name = $2 AND m.removed_at IS NULL");
const LIST: &str = concat!("SELECT ", columns!(), " FROM members m WHERE m.tenant_id = $1 ORDER BY m.created_at, m.id");
const SAME_USERNAME: &str = "SELECT id FROM members WHERE tenant_id = $1 AND id <> $2 AND removed_at IS NULL \
    AND lower(duo_username) = lower($3)";
const OTHER_OWNER: &str = "SELECT id FROM members WHERE tenant_id = $1 AND id <> $2 AND removed_at IS NULL \
    AND role = 'owner' AND kind = 'person' LIMIT 1";
const UPDATE: &str = "UPDATE members SET name = $3, duo_username = $4, role = $5, scopes = $6, standing = $7 \
    WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL";
const REMOVE: &str = "UPDATE members SET removed_at = $3 WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL";
const REVOKE_KEYS: &str =
    "UPDATE api_keys SET revoked_at = $3 WHERE tenant_id = $1 AND member_id = $2 AND revoked_at IS NULL";
const CLOSE: [&str; 2] = [
    "DELETE FROM owner_keys WHERE tenant_id = $1 AND member_id = $2",
    "DELETE FROM member_sessions WHERE tenant_id = $1 AND member_id = $2",
];

/// The members of tenants.
#[derive(Clone)]
pub struct Members {
    db: Db,
}

/// What became of a change to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberChange {
    /// It is so now.
    Done,
    /// There is no such member, or none any more.
    Missing,
    /// The tenant would have no owner left; nothing was changed.
    LastOwner,
}

impl Members {
    pub(super) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// Makes a member; `Conflict("name")` or `Conflict("duo username")` when another one has it.
    pub async fn create(&self, member: &Member, event: &AuditEvent) -> Result<(), StoreError> {
        let mut tx = self.db.tenant(&member.tenant).begin().await?;
        lock_existing(&mut tx, &member.tenant).await?;
        insert(&mut tx, member).await?;
        record(&mut tx, event).await?;
        changed(&mut tx, &member.tenant).await?;
        tx.commit().await
    }

    /// The member with this id, removed ones too.
    pub async fn find(&self, tenant: &TenantId, member: &MemberId) -> Result<Option<Member>, StoreError> {
        self.db.tenant(tenant).fetch_optional(FIND, values![tenant, member]).await?.as_ref().map(read).transpose()
    }

    /// The member of this name.
    pub async fn find_by_name(&self, tenant: &TenantId, name: &str) -> Result<Option<Member>, StoreError> {
        self.db.tenant(tenant).fetch_optional(FIND_BY_NAME, values![tenant, name]).await?.as_ref().map(read).transpose()
    }

    /// The tenant's members, oldest first, removed ones too.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<Member>, StoreError> {
        self.db.tenant(tenant).fetch_all(LIST, values![tenant]).await?.iter().map(read).collect()
    }

    /// Changes a member's name, Duo username, role, scopes and standing approvals to these.
    pub async fn update(&self, member: &Member, event: &AuditEvent) -> Result<MemberChange, StoreError> {
        let tenant = &member.tenant;
        let mut tx = self.db.tenant(tenant).begin().await?;
        lock_existing(&mut tx, tenant).await?;
        let Some(before) = current(&mut tx, tenant, &member.id).await? else { return Ok(MemberChange::Missing) };
        if before.manages() && !member.manages() && is_last_owner(&mut tx, &before).await? {
            return Ok(MemberChange::LastOwner);
        }
        unlike_others(&mut tx, member).await?;
        let row = values![
            tenant,
            &member.id,
            &member.name,
            &member.duo_username,
            member.role.as_str(),
            json(&member.scopes)?,
            json(&member.standing)?,
        ];
        tx.execute(UPDATE, row).await.map_err(|error| error.conflict("name"))?;
        record(&mut tx, event).await?;
        changed(&mut tx, tenant).await?;
        tx.commit().await?;
        Ok(MemberChange::Done)
    }

    /// Removes a member: its keys and grants are revoked, its sessions and its owner key end at once.
    pub async fn remove(
        &self,
        tenant: &TenantId,
        member: &MemberId,
        at: Timestamp,
        event: &AuditEvent,
    ) -> Result<MemberChange, StoreError> {
        let mut tx = self.db.tenant(tenant).begin().await?;
        lock_existing(&mut tx, tenant).await?;
        let Some(before) = current(&mut tx, tenant, member).await? else { return Ok(MemberChange::Missing) };
        if before.manages() && is_last_owner(&mut tx, &before).await? {
            return Ok(MemberChange::LastOwner);
        }
        tx.execute(REMOVE, values![tenant, member, at]).await?;
        tx.execute(REVOKE_KEYS, values![tenant, member, at]).await?;
        tx.execute(REVOKE_OF_MEMBER, values![tenant, member, at]).await?;
        for statement in CLOSE {
            tx.execute(statement, values![tenant, member]).await?;
        }
        record(&mut tx, event).await?;
        changed(&mut tx, tenant).await?;
        tx.commit().await?;
        Ok(MemberChange::Done)
    }
}

/// Adds a member's row, unless another member has its name or its Duo username.
pub(super) async fn insert(tx: &mut Tx, member: &Member) -> Result<(), StoreError> {
    unlike_others(tx, member).await?;
    let row = values![
        &member.id,
        &member.tenant,
        &member.name,
        member.kind.as_str(),
        &member.duo_username,
        member.role.as_str(),
        json(&member.scopes)?,
        json(&member.standing)?,
        member.created_at,
    ];
    tx.execute(INSERT, row).await.map(|_| ()).map_err(|error| error.conflict("name"))
}

/// The member, if it is one; the tenant is locked, so it stays so.
pub(super) async fn current(tx: &mut Tx, tenant: &TenantId, member: &MemberId) -> Result<Option<Member>, StoreError> {
    let found = tx.fetch_optional(FIND, values![tenant, member]).await?.as_ref().map(read).transpose()?;
    Ok(found.filter(|found| found.removed_at.is_none()))
}

/// Two members are never the same person in Duo: who approves must not be who asked.
async fn unlike_others(tx: &mut Tx, member: &Member) -> Result<(), StoreError> {
    let Some(username) = &member.duo_username else { return Ok(()) };
    let same = tx.fetch_optional(SAME_USERNAME, values![&member.tenant, &member.id, username]).await?;
    if same.is_some() { Err(StoreError::Conflict("duo username")) } else { Ok(()) }
}

async fn is_last_owner(tx: &mut Tx, member: &Member) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional(OTHER_OWNER, values![&member.tenant, &member.id]).await?.is_none())
}

/// A member, from a row that has its columns among others.
pub(super) fn read(row: &Row) -> Result<Member, StoreError> {
    let row = row.of("members");
    Ok(Member {
        id: row.parse("member_id", |text| MemberId::parse(text).ok())?,
        tenant: row.parse("member_tenant", |text| TenantId::parse(text).ok())?,
        name: row.text("member_name")?,
        kind: row.parse("member_kind", MemberKind::parse)?,
        duo_username: row.text_opt("duo_username")?,
        role: row.parse("member_role", |text| text.parse::<Role>().ok())?,
        scopes: row.json("member_scopes")?,
        standing: row.json("member_standing")?,
        created_at: row.time("member_since")?,
        removed_at: row.time_opt("member_removed_at")?,
    })
}
