//! Acts on connections: a tenant's Duo accounts by name.

use duo_api::ApiHost;

use super::acts::{Acts, plain_text};
use super::error::TenantError;
use crate::domain::actor::Actor;
use crate::domain::connection::{AuthDefaults, Connection};
use crate::domain::ids::{ConnectionId, TenantId};
use crate::domain::tenant::Slug;

/// A connection as an operator describes it.
#[derive(Clone, Debug, Default)]
pub struct NewConnection {
    /// What the `account` argument calls it.
    pub name: String,
    /// A longer name for people.
    pub label: Option<String>,
    /// The API hostname.
    pub host: String,
    /// How authentications are asked for.
    pub defaults: AuthDefaults,
}

impl Acts {
    /// Makes a connection, or changes the one of this name. Its host stays while it has credentials.
    pub async fn put_connection(
        &self,
        tenant: &TenantId,
        new: &NewConnection,
        by: &Actor,
    ) -> Result<Connection, TenantError> {
        self.may_manage(tenant, by).await?;
        let name = Slug::parse(new.name.trim())?;
        let host = ApiHost::parse(&new.host)?;
        let label = new.label.as_deref().map(|label| plain_text(label, "a label")).transpose()?;
        new.defaults.check()?;
        let stored = self.store.connections.find(tenant, &name).await?;
        if let Some(stored) = stored.filter(|stored| stored.host != host) {
            let credentials = self.store.credentials.list(tenant).await?;
            if credentials.iter().any(|credential| credential.connection == stored.id) {
                return Err(TenantError::HostInUse(name.to_string()));
            }
        }
        let connection = Connection {
            id: ConnectionId::new(&self.random)?,
            tenant: tenant.clone(),
            name,
            label,
            host,
            defaults: new.defaults.clone(),
            created_at: self.clock.now(),
        };
        let event = self.event("connection.put", by, Some(tenant), vec![connection.name.to_string()])?;
        Ok(self.store.connections.put(&connection, &event).await?)
    }

    /// Removes a connection and its credentials.
    pub async fn delete_connection(&self, tenant: &TenantId, name: &str, by: &Actor) -> Result<(), TenantError> {
        self.may_manage(tenant, by).await?;
        let connection = self.connection(tenant, name).await?;
        let objects = vec![connection.name.to_string(), connection.id.to_string()];
        let event = self.event("connection.delete", by, Some(tenant), objects)?;
        if self.store.connections.delete(tenant, &connection.name, &event).await? {
            Ok(())
        } else {
            Err(TenantError::Changed)
        }
    }

    /// The connection of this name.
    pub async fn connection(&self, tenant: &TenantId, name: &str) -> Result<Connection, TenantError> {
        self.tenant(tenant).await?;
        let connections = self.store.connections.list(tenant).await?;
        let known = connections.iter().map(|each| each.name.to_string()).collect();
        let found = connections.into_iter().find(|each| each.name.as_str().eq_ignore_ascii_case(name.trim()));
        found.ok_or_else(|| TenantError::NoSuchConnection { name: name.to_owned(), known })
    }
}
