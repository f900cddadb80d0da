//! Members: who acts for a tenant, and what goes with one that is removed.

use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::connection::AuthDefaults;
use crate::domain::ids::{MemberId, TenantId};
use crate::domain::member::{Member, MemberDiff, MemberKind, Role};

use super::access::revoke_invites_of;
use super::access::rights::managed;
use super::audit::record;
use super::db::{Db, Tx};
use super::error::StoreError;
use super::row::Row;
use super::tenants::changed;
use super::value::{json, values};

macro_rules! columns {
    () => {
        "m.id AS member_id, m.tenant_id AS member_tenant, m.name AS member_name, m.kind AS member_kind, m.duo_username, \
         m.role AS member_role, m.scopes AS member_scopes, m.standing AS member_standing, m.approves, m.created_at AS member_since, \
         m.removed_at AS member_removed_at"
    };
}
pub(super) use columns;

const INSERT: &str = "INSERT INTO members (id, tenant_id, name, kind, duo_username, role, scopes, standing, approves, \
    created_at, removed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL)";
const FIND: &str = concat!("SELECT ", columns!(), " FROM members m WHERE m.tenant_id = $1 AND m.id = $2");
const FIND_BY_NAME: &str =
    concat!("SELECT ", columns!(), " FROM members m WHERE m.tenant_id = $1 AND m.name = $2 AND m.removed_at IS NULL");
const LIST: &str = concat!("SELECT ", columns!(), " FROM members m WHERE m.tenant_id = $1 ORDER BY m.created_at, m.id");
const OTHERS: &str =
    concat!("SELECT ", columns!(), " FROM members m WHERE m.tenant_id = $1 AND m.id <> $2 AND m.removed_at IS NULL");
const DEFAULTS: &str = "SELECT defaults FROM connections WHERE tenant_id = $1";
const OTHER_OWNER: &str = "SELECT id FROM members WHERE tenant_id = $1 AND id <> $2 AND removed_at IS NULL \
    AND role = 'owner' AND kind = 'person' LIMIT 1";
const UPDATE: &str = "UPDATE members SET name = $3, duo_username = $4, role = $5, scopes = $6, standing = $7, \
    approves = $8 \
    WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL";
const REMOVE: &str = "UPDATE members SET removed_at = $3 WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL";
/// What a member calls by, and how each of it ends.
const MEANS: [(&str, &str); 2] = [
    ("SELECT id FROM api_keys WHERE tenant_id = $1 AND member_id = $2 AND revoked_at IS NULL", REVOKE_KEY),
    ("SELECT id FROM grants WHERE tenant_id = $1 AND member_id = $2 AND revoked_at IS NULL", REVOKE_GRANT),
];
const REVOKE_KEY: &str = "UPDATE api_keys SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL";
const REVOKE_GRANT: &str = "UPDATE grants SET revoked_at = $3, revoked_why = 'member_removed' \
    WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL";
const CLOSE: [&str; 3] = [
    "DELETE FROM owner_keys WHERE tenant_id = $1 AND member_id = $2",
    "DELETE FROM passkeys WHERE tenant_id = $1 AND member_id = $2",
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
        let mut tx = managed(&self.db, &member.tenant, &event.actor).await?;
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

    /// Changes a member as it is by then, so that of two changes at once neither undoes the other. With the right to
    /// manage end the invites that it made.
    pub async fn change(
        &self,
        tenant: &TenantId,
        member: &MemberId,
        diff: &MemberDiff,
        event: &AuditEvent,
    ) -> Result<MemberChange, StoreError> {
        let mut tx = managed(&self.db, tenant, &event.actor).await?;
        let Some(before) = current(&mut tx, tenant, member).await? else { return Ok(MemberChange::Missing) };
        let member = &diff.of(&before);
        if before.manages() && !member.manages() {
            if is_last_owner(&mut tx, &before).await? {
                return Ok(MemberChange::LastOwner);
            }
            revoke_invites_of(&mut tx, tenant, &member.id, event.at).await?;
        }
        // Whoever was alike before there was this rule can still be narrowed.
        if (&before.name, &before.duo_username) != (&member.name, &member.duo_username) {
            unlike_others(&mut tx, member).await?;
        }
        let row = values![
            tenant,
            &member.id,
            &member.name,
            &member.duo_username,
            member.role.as_str(),
            json(&member.scopes)?,
            json(&member.standing)?,
            member.approves,
        ];
        tx.execute(UPDATE, row).await.map_err(|error| error.conflict("name"))?;
        record(&mut tx, event).await?;
        changed(&mut tx, tenant).await?;
        tx.commit().await?;
        Ok(MemberChange::Done)
    }

    /// Removes a member: its keys and grants are revoked, its sessions, its owner key, its passkeys and its invites end at
    /// once.
    pub async fn remove(
        &self,
        tenant: &TenantId,
        member: &MemberId,
        at: Timestamp,
        event: &AuditEvent,
    ) -> Result<MemberChange, StoreError> {
        let mut tx = managed(&self.db, tenant, &event.actor).await?;
        let Some(before) = current(&mut tx, tenant, member).await? else { return Ok(MemberChange::Missing) };
        if before.manages() && is_last_owner(&mut tx, &before).await? {
            return Ok(MemberChange::LastOwner);
        }
        tx.execute(REMOVE, values![tenant, member, at]).await?;
        for (find, revoke) in MEANS {
            let rows = tx.fetch_all(find, values![tenant, member]).await?;
            let mut ids = rows.iter().map(|row| row.get::<String>("id")).collect::<Result<Vec<_>, _>>()?;
            // In the order in which uses are noted, so that the two never wait for each other in a circle.
            ids.sort();
            for id in &ids {
                tx.execute(revoke, values![tenant, id, at]).await?;
            }
        }
        revoke_invites_of(&mut tx, tenant, member, at).await?;
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
        member.approves,
        member.created_at,
    ];
    tx.execute(INSERT, row).await.map(|_| ()).map_err(|error| error.conflict("name"))
}

/// The member, if it is one; the tenant is locked, so it stays so.
pub(super) async fn current(tx: &mut Tx, tenant: &TenantId, member: &MemberId) -> Result<Option<Member>, StoreError> {
    let found = tx.fetch_optional(FIND, values![tenant, member]).await?.as_ref().map(read).transpose()?;
    Ok(found.filter(|found| found.removed_at.is_none()))
}

/// Two members are never the same person in Duo, by any connection's way of making usernames: who approves must not be
/// who asked. One that has the very same name is told so by the table.
async fn unlike_others(tx: &mut Tx, member: &Member) -> Result<(), StoreError> {
    let rows = tx.fetch_all(OTHERS, values![&member.tenant, &member.id]).await?;
    let others = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let rows = tx.fetch_all(DEFAULTS, values![&member.tenant]).await?;
    let mut ways: Vec<AuthDefaults> =
        rows.iter().map(|row| row.of("connections").json("defaults")).collect::<Result<_, _>>()?;
    ways.push(AuthDefaults::default());
    // Duo takes a username in any case.
    let in_duo = |way: &AuthDefaults, member: &Member| way.username_of(member).map(|name| name.to_lowercase());
    let is_alike = |other: &Member| {
        let own = |way: &AuthDefaults| in_duo(way, member);
        other.name != member.name && ways.iter().any(|way| own(way).is_some_and(|own| in_duo(way, other) == Some(own)))
    };
    if others.iter().any(is_alike) { Err(StoreError::Conflict("duo username")) } else { Ok(()) }
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
        approves: row.flag("approves")?,
        created_at: row.time("member_since")?,
        removed_at: row.time_opt("member_removed_at")?,
    })
}
