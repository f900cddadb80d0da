//! Grants by what an identity provider says of a person.
//!
//! Such a grant has one access token, whose hash is that of the provider and the claim's value, see `tokens`: what is
//! known of access tokens (who may look them up, what a revocation drops, who else has the same) holds for it too.

use crate::domain::audit::AuditEvent;
use crate::domain::grant::Grant;

use super::super::access::rights::managed;
use super::super::audit::record;
use super::super::db::Reason;
use super::super::error::StoreError;
use super::super::members;
use super::super::tenants::changed;
use super::super::value::{hex, json, values};
use super::grants::Grants;
use super::tokens::{INSERT, INSERT_ACCESS};

// A link that ended makes room for another, also in another tenant.
const FREE: &str = "DELETE FROM access_tokens WHERE hash = $1 AND EXISTS (SELECT 1 FROM grants g \
    WHERE g.tenant_id = access_tokens.tenant_id AND g.id = access_tokens.grant_id \
    AND (g.revoked_at IS NOT NULL OR g.expires_at <= $2))";

impl Grants {
    /// Links an identity, by its hash, to the member of this grant. False when there is no such member; a conflict when
    /// the identity is linked already, wherever that is.
    pub async fn link(&self, grant: &Grant, hash: &[u8; 32], event: &AuditEvent) -> Result<bool, StoreError> {
        let (tenant, made, ends) = (&grant.tenant, grant.created_at, grant.expires_at);
        self.db.across(Reason::House).execute(FREE, values![hex(hash), made]).await?;
        let mut tx = managed(&self.db, tenant, &event.actor).await?;
        if members::current(&mut tx, tenant, &grant.member).await?.is_none() {
            return Ok(false);
        }
        let scopes = json(&grant.scopes)?;
        let row = values![
            &grant.id,
            tenant,
            &grant.member,
            &grant.client,
            &grant.client_name,
            &grant.redirect_origin,
            scopes.clone(),
            &grant.resource,
            made,
            ends,
            ends,
        ];
        tx.execute(INSERT, row).await?;
        tx.execute(INSERT_ACCESS, values![hex(hash), tenant, &grant.id, 1_i64, scopes, ends])
            .await
            .map_err(|error| error.conflict("identity"))?;
        record(&mut tx, event).await?;
        changed(&mut tx, tenant).await?;
        tx.commit().await?;
        Ok(true)
    }
}
