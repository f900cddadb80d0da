//! Passkeys: kept with what their signatures are checked by, used, removed.

use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{MemberId, PasskeyId, TenantId};
use crate::domain::member::Member;
use crate::domain::passkey::Passkey;
use crate::domain::tenant::TenantStatus;

use super::rights::still_manages_or_is;
use super::sign_in::is_open;
use crate::store::audit::record;
use crate::store::db::{Db, Reason, Tx};
use crate::store::error::StoreError;
use crate::store::members::{self, columns as member_columns};
use crate::store::row::Row;
use crate::store::tenants::lock_existing;
use crate::store::value::{hex, values};

macro_rules! columns {
    () => {
        "p.id AS passkey_id, p.tenant_id, p.member_id AS holder, p.name AS passkey_name, p.created_at, p.last_used_at"
    };
}

const INSERT: &str = "INSERT INTO passkeys (id, tenant_id, member_id, credential_id, credential, counter, name, \
    created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM passkeys p WHERE p.tenant_id = $1 AND ($2 IS NULL OR p.member_id = $2) ORDER BY p.created_at, p.id"
);
const CREDENTIALS: &str = "SELECT credential_id FROM passkeys WHERE tenant_id = $1 AND member_id = $2 ORDER BY id";
const FIND: &str = concat!(
    "SELECT ",
    columns!(),
    ", ",
    member_columns!(),
    ", p.credential, t.status AS tenant_status FROM passkeys p \
     JOIN members m ON m.tenant_id = p.tenant_id AND m.id = p.member_id JOIN tenants t ON t.id = p.tenant_id \
     WHERE p.credential_id = $1 AND m.removed_at IS NULL"
);
// One that counts has counted on since; of two sign-ins at the same count one is a copy's.
const USE: &str = "UPDATE passkeys SET credential = $3, counter = $4, last_used_at = $5 \
    WHERE tenant_id = $1 AND id = $2 AND (counter < $4 OR (counter = 0 AND $4 = 0))";
const HOLDER: &str = "SELECT member_id FROM passkeys WHERE tenant_id = $1 AND id = $2";
const REMOVE: &str = "DELETE FROM passkeys WHERE tenant_id = $1 AND id = $2";
const CLOSE: &str = "DELETE FROM member_sessions WHERE tenant_id = $1 AND passkey_id = $2";
const OPEN: &str = "INSERT INTO member_sessions (hash, tenant_id, member_id, authenticated_at, expires_at, passkey_id) \
    VALUES ($1, $2, $3, $4, $5, $6)";
const IS_ANSWERED: &str = "SELECT hash FROM passkey_answers WHERE hash = $1";
const ANSWER: &str = "INSERT INTO passkey_answers (hash, tenant_id, expires_at) VALUES ($1, $2, $3) \
    ON CONFLICT (hash) DO NOTHING";
const SWEEP: &str = "DELETE FROM passkey_answers WHERE tenant_id = $1 AND expires_at < $2";
/// How long an answer is remembered after its question ran out: longer than any two clocks differ.
const KEPT_MS: i64 = 24 * 3600 * 1000;

/// The passkeys of members.
#[derive(Clone)]
pub struct Passkeys {
    db: Db,
}

/// A question that was put to an authenticator, by a hash; it is answered once.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// What it is known by.
    pub hash: [u8; 32],
    /// When it runs out.
    pub expires_at: Timestamp,
}

/// A passkey to keep.
#[derive(Clone, Copy, Debug)]
pub struct NewPasskey<'a> {
    /// What people see of it.
    pub passkey: &'a Passkey,
    /// By which its authenticator names it.
    pub credential_id: &'a str,
    /// What its signatures are checked by, as the library writes it.
    pub credential: &'a str,
    /// How often it has signed, as its authenticator says.
    pub counter: i64,
    /// What it answers.
    pub question: Question,
    /// The hash of the session in which the member adds it.
    pub session: &'a [u8; 32],
    /// How many the member may have.
    pub most: i64,
}

/// What became of a new passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is kept.
    Done,
    /// The member's session has ended.
    SignedOut,
    /// The member has as many as may be.
    TooMany,
    /// This authenticator's credential is somebody's already.
    Known,
    /// The question was answered before.
    Answered,
}

/// A passkey that signed, with whom it signs in and how the tenant stands.
#[derive(Clone, Debug)]
pub struct PresentedPasskey {
    /// What people see of it.
    pub passkey: Passkey,
    /// What its signature is checked by.
    pub credential: String,
    /// Whom it signs in.
    pub member: Member,
    /// How the tenant stands.
    pub status: TenantStatus,
}

/// A signature that was checked, and the session that it opens.
#[derive(Clone, Copy, Debug)]
pub struct PasskeySession<'a> {
    /// By which passkey.
    pub passkey: &'a Passkey,
    /// What its next signature is checked by.
    pub credential: &'a str,
    /// How often it has signed by now.
    pub counter: i64,
    /// What it answers.
    pub question: Question,
    /// The hash of the session's cookie.
    pub hash: [u8; 32],
    /// When it signed.
    pub authenticated_at: Timestamp,
    /// When the session ends.
    pub expires_at: Timestamp,
}

impl Passkeys {
    pub(in crate::store) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// Keeps a member's new passkey.
    pub async fn add(&self, new: NewPasskey<'_>, event: &AuditEvent) -> Result<Added, StoreError> {
        let Passkey { id, tenant, member, name, created_at, .. } = new.passkey;
        let mut tx = self.db.tenant(tenant).begin().await?;
        lock_existing(&mut tx, tenant).await?;
        if !is_open(&mut tx, tenant, member, new.session, *created_at).await? {
            return Ok(Added::SignedOut);
        }
        if !answer(&mut tx, tenant, new.question, *created_at).await? {
            return Ok(Added::Answered);
        }
        let has = tx.fetch_all(CREDENTIALS, values![tenant, member]).await?.len();
        if i64::try_from(has).unwrap_or(i64::MAX) >= new.most {
            return Ok(Added::TooMany);
        }
        let row = values![id, tenant, member, new.credential_id, new.credential, new.counter, name, *created_at];
        match tx.execute(INSERT, row).await.map_err(|error| error.conflict("passkey")) {
            Err(StoreError::Conflict("passkey")) => return Ok(Added::Known),
            outcome => outcome?,
        };
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(Added::Done)
    }

    /// The tenant's passkeys, or one member's, oldest first.
    pub async fn list(&self, tenant: &TenantId, member: Option<&MemberId>) -> Result<Vec<Passkey>, StoreError> {
        self.db.tenant(tenant).fetch_all(LIST, values![tenant, member]).await?.iter().map(read).collect()
    }

    /// By which names the member's authenticators know their passkeys.
    pub async fn credential_ids(&self, tenant: &TenantId, member: &MemberId) -> Result<Vec<String>, StoreError> {
        let rows = self.db.tenant(tenant).fetch_all(CREDENTIALS, values![tenant, member]).await?;
        rows.iter().map(|row| row.get("credential_id")).collect()
    }

    /// The passkey that an authenticator knows by this name, unless its member was removed.
    pub async fn find(&self, credential_id: &str) -> Result<Option<PresentedPasskey>, StoreError> {
        let found = self.db.across(Reason::KeyLookup).fetch_optional(FIND, values![credential_id]).await?;
        let Some(row) = found else { return Ok(None) };
        let record = row.of("passkeys");
        Ok(Some(PresentedPasskey {
            passkey: read(&row)?,
            credential: record.text("credential")?,
            member: members::read(&row)?,
            status: record.parse("tenant_status", TenantStatus::parse)?,
        }))
    }

    /// Whether this question was answered.
    pub async fn is_answered(&self, hash: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(self.db.across(Reason::KeyLookup).fetch_optional(IS_ANSWERED, values![hex(hash)]).await?.is_some())
    }

    /// Takes a checked signature, once, and opens the session. False, and nothing happens, when its question was
    /// answered before, or the passkey is gone or has counted on since it was looked up.
    pub async fn open_session(&self, new: PasskeySession<'_>, event: &AuditEvent) -> Result<bool, StoreError> {
        let Passkey { id, tenant, member, .. } = new.passkey;
        let mut tx = self.db.tenant(tenant).begin().await?;
        lock_existing(&mut tx, tenant).await?;
        if !answer(&mut tx, tenant, new.question, new.authenticated_at).await?
            || members::current(&mut tx, tenant, member).await?.is_none()
            || tx.execute(USE, values![tenant, id, new.credential, new.counter, new.authenticated_at]).await? == 0
        {
            return Ok(false);
        }
        record(&mut tx, event).await?;
        let row = values![hex(&new.hash), tenant, member, new.authenticated_at, new.expires_at, id];
        tx.execute(OPEN, row).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Removes a passkey, and ends the sessions that it opened; false when there is none, or none any more.
    pub async fn remove(&self, tenant: &TenantId, passkey: &PasskeyId, event: &AuditEvent) -> Result<bool, StoreError> {
        let mut tx = self.db.tenant(tenant).begin().await?;
        lock_existing(&mut tx, tenant).await?;
        let Some(row) = tx.fetch_optional(HOLDER, values![tenant, passkey]).await? else { return Ok(false) };
        let holder = row.of("passkeys").parse("member_id", |text| MemberId::parse(text).ok())?;
        still_manages_or_is(&mut tx, tenant, &holder, &event.actor).await?;
        tx.execute(REMOVE, values![tenant, passkey]).await?;
        tx.execute(CLOSE, values![tenant, passkey]).await?;
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Writes down that a question was answered; false when it was before. Those that ran out long ago are cleared away.
async fn answer(tx: &mut Tx, tenant: &TenantId, question: Question, now: Timestamp) -> Result<bool, StoreError> {
    tx.execute(SWEEP, values![tenant, now.plus_ms(-KEPT_MS)]).await?;
    Ok(tx.execute(ANSWER, values![hex(&question.hash), tenant, question.expires_at]).await? == 1)
}

fn read(row: &Row) -> Result<Passkey, StoreError> {
    let row = row.of("passkeys");
    Ok(Passkey {
        id: row.parse("passkey_id", |text| PasskeyId::parse(text).ok())?,
        tenant: row.parse("tenant_id", |text| TenantId::parse(text).ok())?,
        member: row.parse("holder", |text| MemberId::parse(text).ok())?,
        name: row.text("passkey_name")?,
        created_at: row.time("created_at")?,
        last_used_at: row.time_opt("last_used_at")?,
    })
}
