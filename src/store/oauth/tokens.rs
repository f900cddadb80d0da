//! The tokens of a grant: a pair for a code, another for a refresh token.

use crate::domain::audit::AuditEvent;
use crate::domain::clock::Timestamp;
use crate::domain::grant::Grant;
use crate::domain::ids::{GrantId, TenantId};
use crate::domain::refresh::{Family, Verdict};
use crate::domain::scope::Scopes;

use super::super::audit::record;
use super::super::db::{Reason, Tx};
use super::super::error::StoreError;
use super::super::members;
use super::super::row::Row;
use super::super::tenants::{self, changed, lock};
use super::super::value::{hex, json, values};
use super::authorizations::redeem;
use super::grants::{Grants, columns, end, read};

pub(super) const INSERT: &str = "INSERT INTO grants (id, tenant_id, member_id, client, client_name, redirect_origin, scopes, \
    resource, created_at, expires_at, generation, used_generation, rotated_at, idle_until) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, 0, $9, $11)";
pub(super) const INSERT_ACCESS: &str = "INSERT INTO access_tokens (hash, tenant_id, grant_id, generation, scopes, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6)";
const INSERT_REFRESH: &str =
    "INSERT INTO refresh_tokens (hash, tenant_id, grant_id, generation) VALUES ($1, $2, $3, $4)";
const FIND_REFRESH: &str = concat!(
    "SELECT ",
    columns!(),
    ", r.generation AS token_generation FROM refresh_tokens r \
     JOIN grants g ON g.tenant_id = r.tenant_id AND g.id = r.grant_id WHERE r.hash = $1"
);
// The row stays locked until the transaction ends: who shows a token of the family meanwhile waits here.
const FAMILY: &str = "UPDATE grants SET generation = generation WHERE tenant_id = $1 AND id = $2 \
    RETURNING generation, used_generation, rotated_at, idle_until, expires_at, revoked_at";
const ROTATE: &str = "UPDATE grants SET generation = $3, rotated_at = $4, idle_until = $5 \
    WHERE tenant_id = $1 AND id = $2";
const FIND_ACCESS: &str = "SELECT scopes, expires_at FROM access_tokens WHERE tenant_id = $1 AND hash = $2";
// A pair that nobody received is given again, however late: what of it ended meanwhile begins anew.
const RENEW_ACCESS: &str = "UPDATE access_tokens SET expires_at = $3 WHERE tenant_id = $1 AND hash = $2";
// A grant that ended leaves its row, which people look at; of its tokens nobody will ask again.
const SWEEP_ENDED: [&str; 2] = [
    "DELETE FROM refresh_tokens WHERE tenant_id = $1 AND grant_id IN (SELECT id FROM grants \
     WHERE tenant_id = $1 AND (expires_at < $2 OR revoked_at < $2))",
    "DELETE FROM access_tokens WHERE tenant_id = $1 AND grant_id IN (SELECT id FROM grants \
     WHERE tenant_id = $1 AND (expires_at < $2 OR revoked_at < $2))",
];
const WEEK_MS: i64 = 7 * 24 * 3600 * 1000;
/// How many generations of refresh tokens are known for what they are: those of three weeks, at one an hour. An older one
/// opens nothing either; it only is not told from what never was a token.
const REMEMBERED: i64 = 500;
const SWEEP_REFRESH: &str = "DELETE FROM refresh_tokens WHERE tenant_id = $1 AND grant_id = $2 AND generation <= $3";
const SWEEP_ACCESS: &str = "DELETE FROM access_tokens WHERE tenant_id = $1 AND grant_id = $2 AND generation < $3 \
    AND expires_at < $4";

/// The hashes of a pair, and what the access token may do until when.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// The access token's hash.
    pub access: [u8; 32],
    /// The refresh token's hash, if one is given.
    pub refresh: Option<[u8; 32]>,
    /// What the access token may be used for.
    pub scopes: Scopes,
    /// When the access token ends.
    pub expires_at: Timestamp,
    /// When the refresh token ends unless it is used.
    pub idle_until: Timestamp,
}

/// A refresh token that was shown, and the grant that it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownRefresh {
    /// The grant.
    pub grant: Grant,
    /// The token's generation.
    pub generation: i64,
}

/// What became of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// The pair is the grant's newest, from now on or since a moment ago; until when its access token works, for what.
    Pair(Timestamp, Scopes),
    /// The token was replaced for good: the grant has ended by this.
    Reused,
    /// The grant had ended before.
    Over,
}

impl Grants {
    /// Makes a grant of a code; false, and there is none, when the code was used before or is over.
    pub async fn redeem(
        &self,
        code: &[u8; 32],
        grant: &Grant,
        pair: &Pair,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let tenant = &grant.tenant;
        let mut tx = self.db.tenant(tenant).begin().await?;
        if !lock(&mut tx, tenant).await? || members::current(&mut tx, tenant, &grant.member).await?.is_none() {
            return Ok(false);
        }
        if !redeem(&mut tx, tenant, code, &grant.id, grant.created_at).await? {
            return Ok(false);
        }
        for sweep in SWEEP_ENDED {
            tx.execute(sweep, values![tenant, grant.created_at.plus_ms(-WEEK_MS)]).await?;
        }
        let row = values![
            &grant.id,
            tenant,
            &grant.member,
            &grant.client,
            &grant.client_name,
            &grant.redirect_origin,
            json(&grant.scopes)?,
            &grant.resource,
            grant.created_at,
            grant.expires_at,
            pair.idle_until,
        ];
        tx.execute(INSERT, row).await?;
        keep(&mut tx, tenant, &grant.id, 1, pair).await?;
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The grant of the refresh token of this hash, ended ones too.
    pub async fn find_by_refresh(&self, hash: &[u8; 32]) -> Result<Option<ShownRefresh>, StoreError> {
        let found = self.db.across(Reason::KeyLookup).fetch_optional(FIND_REFRESH, values![hex(hash)]).await?;
        let Some(row) = found else { return Ok(None) };
        let generation = row.get("token_generation")?;
        Ok(Some(ShownRefresh { grant: read(&row)?, generation }))
    }

    /// Refreshes by the rules of `domain::refresh`, one caller of a family at a time. The pair is what always follows
    /// from the token that was shown, so whoever shows it again is given the same.
    pub async fn refresh(
        &self,
        shown: &ShownRefresh,
        pair: &Pair,
        leeway_ms: i64,
        now: Timestamp,
        reused: &AuditEvent,
    ) -> Result<Refreshed, StoreError> {
        let (tenant, grant) = (&shown.grant.tenant, &shown.grant.id);
        let mut tx = self.db.tenant(tenant).begin().await?;
        if !lock(&mut tx, tenant).await? {
            return Ok(Refreshed::Over);
        }
        let Some(member) = members::current(&mut tx, tenant, &shown.grant.member).await? else {
            return Ok(Refreshed::Over);
        };
        let bounds = tenants::preset(&mut tx, tenant).await?.scopes();
        let Some(row) = tx.fetch_optional(FAMILY, values![tenant, grant]).await? else { return Ok(Refreshed::Over) };
        let family = family(&row)?;
        match family.judge(shown.generation, now, leeway_ms) {
            Verdict::Over => Ok(Refreshed::Over),
            Verdict::Reuse => {
                end(&mut tx, tenant, grant, "refresh_reuse", now, reused).await?;
                tx.commit().await?;
                Ok(Refreshed::Reused)
            }
            Verdict::Rotate => {
                let newest = family.newest + 1;
                tx.execute(SWEEP_ACCESS, values![tenant, grant, newest - 1, now]).await?;
                tx.execute(SWEEP_REFRESH, values![tenant, grant, newest - REMEMBERED]).await?;
                keep(&mut tx, tenant, grant, newest, pair).await?;
                tx.execute(ROTATE, values![tenant, grant, newest, now, pair.idle_until]).await?;
                tx.commit().await?;
                Ok(Refreshed::Pair(pair.expires_at, member.rights(pair.scopes).and(bounds)))
            }
            Verdict::Again => {
                let row = tx.fetch_optional(FIND_ACCESS, values![tenant, hex(&pair.access)]).await?;
                // It was taken back by itself, which no client does that still refreshes.
                let Some(row) = row else { return Ok(Refreshed::Over) };
                let row = row.of("access_tokens");
                let (mut expires_at, scopes) = (row.time("expires_at")?, row.json("scopes")?);
                if expires_at <= now {
                    expires_at = pair.expires_at;
                    tx.execute(RENEW_ACCESS, values![tenant, hex(&pair.access), expires_at]).await?;
                    // A replica may remember it as one that ended.
                    changed(&mut tx, tenant).await?;
                    tx.commit().await?;
                }
                Ok(Refreshed::Pair(expires_at, member.rights(scopes).and(bounds)))
            }
        }
    }
}

async fn keep(tx: &mut Tx, tenant: &TenantId, grant: &GrantId, generation: i64, pair: &Pair) -> Result<(), StoreError> {
    let access = values![hex(&pair.access), tenant, grant, generation, json(&pair.scopes)?, pair.expires_at];
    tx.execute(INSERT_ACCESS, access).await?;
    if let Some(refresh) = &pair.refresh {
        tx.execute(INSERT_REFRESH, values![hex(refresh), tenant, grant, generation]).await?;
    }
    Ok(())
}

fn family(row: &Row) -> Result<Family, StoreError> {
    let row = row.of("grants");
    Ok(Family {
        newest: row.int("generation")?,
        used: row.int("used_generation")?,
        rotated_at: row.time("rotated_at")?,
        idle_until: row.time("idle_until")?,
        ends_at: row.time("expires_at")?,
        is_revoked: row.time_opt("revoked_at")?.is_some(),
    })
}
