//! Acts on what members granted, and to whom: listed, taken back.

use super::acts::Acts;
use super::error::TenantError;
use crate::domain::actor::Actor;
use crate::domain::client::OAuthClient;
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

    /// The clients that members let in, by id, from the one after this on; each with how many of its grants work.
    pub async fn oauth_clients(&self, after: Option<&str>, limit: i64) -> Result<Vec<(OAuthClient, i64)>, TenantError> {
        let counts = self.store.grants.counts(self.clock.now()).await?;
        let clients = self.store.oauth_clients.used(after, limit).await?;
        let counted = |client: OAuthClient| {
            let many = counts.get(&client.id).copied().unwrap_or_default();
            (client, many)
        };
        Ok(clients.into_iter().map(counted).collect())
    }

    /// Expels a client: it is forgotten, and whatever members of any tenant granted it ends. How many grants that were.
    /// It may come again, and then asks a person as if for the first time.
    pub async fn expel_client(&self, client: &str, by: &Actor) -> Result<usize, TenantError> {
        if by.member().is_some() {
            return Err(TenantError::NotAnOwner);
        }
        let event = self.event("client.expel", by, None, vec![client.to_owned()])?;
        let was_known = self.store.oauth_clients.delete(client, &event).await?;
        // Also of one that is known no longer: what was begun before may have been broken off.
        let grants = self.store.grants.of_client(client).await?;
        if !was_known && grants.is_empty() {
            return Err(TenantError::NoSuchClient);
        }
        let (why, mut ended) = ("client_expelled", 0);
        for Grant { id, tenant, .. } in &grants {
            let mut event = self.event("grant.revoke", by, Some(tenant), vec![id.to_string()])?;
            event.code = Some(why.to_owned());
            ended += usize::from(self.store.grants.revoke(tenant, id, why, self.clock.now(), &event).await?);
        }
        Ok(ended)
    }
}
