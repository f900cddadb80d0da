//! Acts on what members granted: listed, taken back.

use super::acts::Acts;
use super::error::TenantError;
use crate::domain::actor::Actor;
use crate::domain::grant::Grant;
use crate::domain::ids::{GrantId, TenantId};

impl Acts {
    /// What the tenant's members granted, oldest first, what ended too; each with the name of who gave it.
    pub async fn grants(&self, tenant: &TenantId) -> Result<Vec<(Grant, String)>, TenantError> {
        let members = self.members(tenant).await?;
        let name = |grant: &Grant| members.iter().find(|member| member.id == grant.member).map(|found| &found.name);
        let grants = self.store.grants.list(tenant).await?.into_iter();
        Ok(grants
            .map(|grant| (name(&grant).cloned().unwrap_or_default(), grant))
            .map(|(name, grant)| (grant, name))
            .collect())
    }

    /// Takes a grant back: an owner any of the tenant's, and whoever gave it that one. Its tokens stop working within two
    /// seconds on every replica.
    pub async fn revoke_grant(&self, tenant: &TenantId, grant: &GrantId, by: &Actor) -> Result<(), TenantError> {
        let found = self.store.grants.find(tenant, grant).await?;
        let is_own = found.is_some_and(|grant| matches!(by, Actor::Member { member, .. } if *member == grant.member));
        if !is_own {
            self.may_manage(tenant, by).await?;
        }
        let why = if is_own { "taken_back" } else { "revoked" };
        let mut event = self.event("grant.revoke", by, Some(tenant), vec![grant.to_string()])?;
        event.code = Some(why.to_owned());
        if self.store.grants.revoke(tenant, grant, why, self.clock.now(), &event).await? {
            Ok(())
        } else {
            Err(TenantError::NoSuchGrant)
        }
    }
}
