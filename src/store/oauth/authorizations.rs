//! Requests on their way through a browser, and the codes of a yes.

use crate::domain::audit::AuditEvent;
use crate::domain::authorization::{AuthorizationRequest, Consent, Decided, Transaction};
use crate::domain::clock::Timestamp;
use crate::domain::ids::{GrantId, MemberId, TenantId};

use super::super::audit::record;
use super::super::db::{Db, Reason, Tx};
use super::super::error::StoreError;
use super::super::row::Row;
use super::super::tenants::lock_existing;
use super::super::value::{hex, json, values};
use super::clients;

const BEGIN: &str = "INSERT INTO authorizations (hash, browser, request, expires_at) VALUES ($1, $2, $3, $4)";
const SWEEP: &str = "DELETE FROM authorizations WHERE expires_at < $1 AND (decided IS NULL OR expires_at < $2)";
const COUNT: &str = "SELECT COUNT(*) AS many FROM authorizations WHERE expires_at >= $1 AND decided IS NULL";
const FIND: &str =
    "SELECT request, decided, decided_at, expires_at FROM authorizations WHERE hash = $1 AND browser = $2";
const DECIDE: &str = "UPDATE authorizations SET decided = $3, decided_at = $4 \
    WHERE hash = $1 AND browser = $2 AND decided IS NULL AND expires_at > $4";
const INSERT_CODE: &str = "INSERT INTO authorization_codes (hash, tenant_id, member_id, request, ends_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6)";
const SWEEP_CODES: &str = "DELETE FROM authorization_codes WHERE tenant_id = $1 AND expires_at < $2";
const FIND_CODE: &str = "SELECT tenant_id, member_id, request, ends_at, expires_at, grant_id \
    FROM authorization_codes WHERE hash = $1";

/// The most requests that are open at once.
const MOST: i64 = 20_000;
const HOUR_MS: i64 = 3600 * 1000;
/// How long a code is remembered after its time, so that one that comes again is known for what it is.
const CODE_KEPT_MS: i64 = 24 * HOUR_MS;

/// Requests under way.
#[derive(Clone)]
pub struct Authorizations {
    db: Db,
}

impl Authorizations {
    pub(in crate::store) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// Keeps a request of a browser, both known by hashes. Those that ended unanswered are cleared away, and answered ones an
    /// hour later. False, and it is not kept, when too many are open.
    pub async fn begin(
        &self,
        hash: &[u8; 32],
        browser: &[u8; 32],
        request: &AuthorizationRequest,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let scope = self.db.across(Reason::House);
        let kept = scope.fetch_optional(COUNT, values![now]).await?.map_or(Ok(0), |row| row.get::<i64>("many"))?;
        // Refused by reading alone.
        if kept >= MOST {
            return Ok(false);
        }
        let mut tx = scope.begin().await?;
        tx.execute(SWEEP, values![now, now.plus_ms(-HOUR_MS)]).await?;
        tx.execute(BEGIN, values![hex(hash), hex(browser), json(request)?, expires_at]).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The request, for the browser that began it and no other; answered ones are found for an hour after their time.
    pub async fn find(&self, hash: &[u8; 32], browser: &[u8; 32]) -> Result<Option<Transaction>, StoreError> {
        let scope = self.db.across(Reason::House);
        let row = scope.fetch_optional(FIND, values![hex(hash), hex(browser)]).await?;
        row.as_ref().map(transaction).transpose()
    }

    /// Says no, with what is written down of it, if anything is; false, and nothing is, when it was answered before or is
    /// over.
    pub async fn deny(
        &self,
        (hash, browser): (&[u8; 32], &[u8; 32]),
        now: Timestamp,
        event: Option<&AuditEvent>,
    ) -> Result<bool, StoreError> {
        let tenant = event.and_then(|event| event.tenant.as_ref());
        let scope = tenant.map_or_else(|| self.db.across(Reason::House), |tenant| self.db.tenant(tenant));
        let mut tx = scope.begin().await?;
        if tx.execute(DECIDE, values![hex(hash), hex(browser), "no", now]).await? == 0 {
            return Ok(false);
        }
        if let Some(event) = event {
            record(&mut tx, event).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Says yes, which makes a code; false, and there is none, when it was answered before or is over.
    pub async fn consent(
        &self,
        (hash, browser): (&[u8; 32], &[u8; 32]),
        code: &[u8; 32],
        consent: &Consent,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tenant = &consent.tenant;
        let mut tx = self.db.tenant(tenant).begin().await?;
        lock_existing(&mut tx, tenant).await?;
        if tx.execute(DECIDE, values![hex(hash), hex(browser), "yes", now]).await? == 0 {
            return Ok(false);
        }
        tx.execute(SWEEP_CODES, values![tenant, now.plus_ms(-CODE_KEPT_MS)]).await?;
        let (ends, expires) = (consent.ends_at, consent.expires_at);
        let row = values![hex(code), tenant, &consent.member, json(&consent.request)?, ends, expires];
        tx.execute(INSERT_CODE, row).await?;
        clients::used(&mut tx, &consent.request.client, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// What this code stands for, used and expired ones too.
    pub async fn find_code(&self, code: &[u8; 32]) -> Result<Option<Consent>, StoreError> {
        let scope = self.db.across(Reason::KeyLookup);
        scope.fetch_optional(FIND_CODE, values![hex(code)]).await?.as_ref().map(consent).transpose()
    }
}

const REDEEM: &str = "UPDATE authorization_codes SET grant_id = $3 \
    WHERE tenant_id = $1 AND hash = $2 AND grant_id IS NULL AND expires_at > $4";

/// Uses a code up for this grant; false when it was used before, or is over.
pub(super) async fn redeem(
    tx: &mut Tx,
    tenant: &TenantId,
    code: &[u8; 32],
    grant: &GrantId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(REDEEM, values![tenant, hex(code), grant, now]).await? == 1)
}

fn transaction(row: &Row) -> Result<Transaction, StoreError> {
    let row = row.of("authorizations");
    let yes = row.parse_opt("decided", |text| Some(text == "yes"))?;
    let at = row.time_opt("decided_at")?;
    Ok(Transaction {
        request: row.json("request")?,
        decided: yes.zip(at).map(|(yes, at)| Decided { yes, at }),
        expires_at: row.time("expires_at")?,
    })
}

fn consent(row: &Row) -> Result<Consent, StoreError> {
    let row = row.of("authorization_codes");
    Ok(Consent {
        tenant: row.parse("tenant_id", |text| TenantId::parse(text).ok())?,
        member: row.parse("member_id", |text| MemberId::parse(text).ok())?,
        request: row.json("request")?,
        ends_at: row.time("ends_at")?,
        expires_at: row.time("expires_at")?,
        redeemed: row.parse_opt("grant_id", |text| GrantId::parse(text).ok())?,
    })
}
