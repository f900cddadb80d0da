//! How members come in: owner keys, and sessions in a browser, by hash.

use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{GrantId, MemberId, TenantId};
use crate::domain::member::{Member, MemberSession};
use crate::domain::tenant::TenantStatus;

use super::rights::managed;
use crate::store::audit::record;
use crate::store::db::{Db, Reason, Tx};
use crate::store::error::StoreError;
use crate::store::members::{self, columns};
use crate::store::tenants::lock_existing;
use crate::store::value::{hex, values};

const PUT_KEY: &str = "INSERT INTO owner_keys (tenant_id, member_id, hash, last4, created_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, member_id) DO UPDATE SET hash = excluded.hash, \
    last4 = excluded.last4, created_at = excluded.created_at, expires_at = excluded.expires_at";
const FIND_BY_KEY: &str = concat!(
    "SELECT ",
    columns!(),
    ", o.expires_at AS key_expires_at, t.status AS tenant_status FROM owner_keys o \
     JOIN members m ON m.tenant_id = o.tenant_id AND m.id = o.member_id JOIN tenants t ON t.id = o.tenant_id \
     WHERE o.hash = $1 AND m.removed_at IS NULL"
);
const KEYS: &str = "SELECT member_id, last4, created_at, expires_at FROM owner_keys WHERE tenant_id = $1 \
    ORDER BY created_at, member_id";
const OPEN: &str = "INSERT INTO member_sessions (hash, tenant_id, member_id, authenticated_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5)";
const OWN_KEY: &str =
    "SELECT member_id FROM owner_keys WHERE tenant_id = $1 AND member_id = $2 AND hash = $3 AND expires_at > $4";
const OWN_LINK: &str = "SELECT member_id FROM grants WHERE tenant_id = $1 AND member_id = $2 AND id = $3 \
    AND revoked_at IS NULL AND expires_at > $4";
// No session lasts longer than a working day, so one that ends a week before a new one has run out, whatever the time is.
const SWEEP: &str = "DELETE FROM member_sessions WHERE tenant_id = $1 AND expires_at < $2";
const WEEK_MS: i64 = 7 * 24 * 3600 * 1000;
const SESSION: &str = concat!(
    "SELECT ",
    columns!(),
    ", s.authenticated_at, s.expires_at, t.status AS tenant_status FROM member_sessions s \
     JOIN members m ON m.tenant_id = s.tenant_id AND m.id = s.member_id JOIN tenants t ON t.id = s.tenant_id \
     WHERE s.hash = $1 AND s.expires_at > $2 AND m.removed_at IS NULL"
);
const IS_OPEN: &str =
    "SELECT member_id FROM member_sessions WHERE tenant_id = $1 AND member_id = $2 AND hash = $3 AND expires_at > $4";
const CLOSE: &str = "DELETE FROM member_sessions WHERE hash = $1";
const CLOSE_ALL: &str = "DELETE FROM member_sessions WHERE tenant_id = $1 AND member_id = $2";

/// The ways in for members.
#[derive(Clone)]
pub struct SignIn {
    db: Db,
}

/// An owner key as it is kept: everything but the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerKeyRow {
    /// Whose it is.
    pub tenant: TenantId,
    /// Whom it signs in.
    pub member: MemberId,
    /// The end of the key, for people.
    pub last4: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// By what somebody proved to be a member. It was looked up before, and may have ended since.
#[derive(Clone, Copy)]
pub enum ShownBy<'a> {
    /// By the owner key of this hash.
    OwnerKey(&'a [u8; 32]),
    /// By an identity that this grant links to the member.
    Link(&'a GrantId),
}

/// A session to open.
#[derive(Clone, Copy)]
pub struct NewSession<'a> {
    /// The hash of its cookie.
    pub hash: &'a [u8; 32],
    /// Whose tenant.
    pub tenant: &'a TenantId,
    /// Who.
    pub member: &'a MemberId,
    /// By what the member proved who it is.
    pub by: ShownBy<'a>,
    /// The time.
    pub now: Timestamp,
    /// When the member proved who it is.
    pub authenticated_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl SignIn {
    pub(in crate::store) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// Gives a member its owner key, in the place of the one before, and ends its sessions: who had the old key may sit
    /// in one of them. False when there is no such member.
    pub async fn put_owner_key(
        &self,
        key: &OwnerKeyRow,
        hash: &[u8; 32],
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let tx = managed(&self.db, &key.tenant, &event.actor).await?;
        replace(tx, key, hash, event).await
    }

    /// The same for a member that makes its own key anew in this session. False when the session has ended: whoever sits in
    /// one that a new key has ended must not take that key's place.
    pub async fn renew_owner_key(
        &self,
        key: &OwnerKeyRow,
        hash: &[u8; 32],
        session: &[u8; 32],
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.tenant(&key.tenant).begin().await?;
        lock_existing(&mut tx, &key.tenant).await?;
        if !is_open(&mut tx, &key.tenant, &key.member, session, key.created_at).await? {
            return Ok(false);
        }
        replace(tx, key, hash, event).await
    }

    /// Whom this owner key signs in, until when, and how the tenant stands. One that ran out is found as well; one that
    /// was replaced is nobody's.
    pub async fn by_owner_key(&self, hash: &[u8; 32]) -> Result<Option<(Member, Timestamp, TenantStatus)>, StoreError> {
        let found = self.db.across(Reason::KeyLookup).fetch_optional(FIND_BY_KEY, values![hex(hash)]).await?;
        let Some(row) = found else { return Ok(None) };
        let record = row.of("owner_keys");
        let (expires_at, status) =
            (record.time("key_expires_at")?, record.parse("tenant_status", TenantStatus::parse)?);
        Ok(Some((members::read(&row)?, expires_at, status)))
    }

    /// The owner keys of the tenant's members, expired ones too.
    pub async fn owner_keys(&self, tenant: &TenantId) -> Result<Vec<OwnerKeyRow>, StoreError> {
        let rows = self.db.tenant(tenant).fetch_all(KEYS, values![tenant]).await?;
        let read = |row: &crate::store::row::Row| {
            let row = row.of("owner_keys");
            Ok(OwnerKeyRow {
                tenant: tenant.clone(),
                member: row.parse("member_id", |text| MemberId::parse(text).ok())?,
                last4: row.text("last4")?,
                created_at: row.time("created_at")?,
                expires_at: row.time("expires_at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Opens a session, known by the hash of its cookie; those of the tenant that ran out long ago are cleared away.
    /// False when there is no such member, or what was shown opens nothing any more. Without an event where another act
    /// has written down that the member came in.
    pub async fn open_session(&self, new: NewSession<'_>, event: Option<&AuditEvent>) -> Result<bool, StoreError> {
        let NewSession { hash, tenant, member, by, now, authenticated_at, expires_at } = new;
        let mut tx = self.db.tenant(tenant).begin().await?;
        lock_existing(&mut tx, tenant).await?;
        if members::current(&mut tx, tenant, member).await?.is_none() {
            return Ok(false);
        }
        let still_opens = match by {
            ShownBy::OwnerKey(key) => {
                tx.fetch_optional(OWN_KEY, values![tenant, member, hex(key), now]).await?.is_some()
            }
            ShownBy::Link(link) => tx.fetch_optional(OWN_LINK, values![tenant, member, link, now]).await?.is_some(),
        };
        if !still_opens {
            return Ok(false);
        }
        tx.execute(SWEEP, values![tenant, expires_at.plus_ms(-WEEK_MS)]).await?;
        tx.execute(OPEN, values![hex(hash), tenant, member, authenticated_at, expires_at]).await?;
        if let Some(event) = event {
            record(&mut tx, event).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Whose session this is, with how the tenant stands; `None` when it ran out or was ended, or the member was
    /// removed.
    pub async fn session(
        &self,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<(MemberSession, TenantStatus)>, StoreError> {
        let found = self.db.across(Reason::KeyLookup).fetch_optional(SESSION, values![hex(hash), now]).await?;
        let Some(row) = found else { return Ok(None) };
        let record = row.of("member_sessions");
        let session = MemberSession {
            hash: *hash,
            member: members::read(&row)?,
            authenticated_at: record.time("authenticated_at")?,
            expires_at: record.time("expires_at")?,
        };
        Ok(Some((session, record.parse("tenant_status", TenantStatus::parse)?)))
    }

    /// Ends a session.
    pub async fn close_session(&self, tenant: &TenantId, hash: &[u8; 32]) -> Result<(), StoreError> {
        self.db.tenant(tenant).execute(CLOSE, values![hex(hash)]).await.map(|_| ())
    }
}

/// Whether the session of this hash is this member's and has not ended, inside a transaction that holds the tenant.
pub(super) async fn is_open(
    tx: &mut Tx,
    tenant: &TenantId,
    member: &MemberId,
    session: &[u8; 32],
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional(IS_OPEN, values![tenant, member, hex(session), now]).await?.is_some())
}

async fn replace(mut tx: Tx, key: &OwnerKeyRow, hash: &[u8; 32], event: &AuditEvent) -> Result<bool, StoreError> {
    if members::current(&mut tx, &key.tenant, &key.member).await?.is_none() {
        return Ok(false);
    }
    keep_owner_key(&mut tx, key, hash).await?;
    tx.execute(CLOSE_ALL, values![&key.tenant, &key.member]).await?;
    record(&mut tx, event).await?;
    tx.commit().await?;
    Ok(true)
}

/// Keeps an owner key in the place of the one before.
pub(super) async fn keep_owner_key(tx: &mut Tx, key: &OwnerKeyRow, hash: &[u8; 32]) -> Result<(), StoreError> {
    let row = values![&key.tenant, &key.member, hex(hash), &key.last4, key.created_at, key.expires_at];
    tx.execute(PUT_KEY, row).await.map(|_| ()).map_err(|error| error.conflict("owner key"))
}
