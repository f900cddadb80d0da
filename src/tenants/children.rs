//! The child accounts behind an Accounts credential, as Duo lists them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use duo_api::{AccountId, Api, ApiHost, Budget, Call, DuoClient, DuoError, EndpointId};
use serde::Deserialize;
use serde_json::Map;
use tokio::time::Instant;

use super::context::{ConnectionContext, TenantContext};
use super::error::TenantError;
use crate::domain::connection::ChildAccount;
use crate::domain::ids::CredentialId;

/// How long a list is good for: accounts are made rarely, and a name that is not found is looked for once more.
const FRESH: Duration = Duration::from_mins(1);
/// How many lists are kept at most.
const MOST: usize = 4096;

/// A child account as Duo lists it. Its host may be none that anything is sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Duo's identifier.
    pub id: AccountId,
    /// Its name in Duo.
    pub name: String,
    /// Where its API answers; `None` when what Duo gave is not one of Duo's hosts.
    pub host: Option<ApiHost>,
}

impl Child {
    /// The account, if something may be sent to its host.
    pub fn account(&self) -> Result<ChildAccount, TenantError> {
        let host = self.host.clone().ok_or_else(|| TenantError::BadChildHost { account: self.name.clone() })?;
        Ok(ChildAccount { id: self.id.clone(), name: self.name.clone(), host })
    }
}

/// One credential's list and when it was fetched. A replaced credential has another version, so it has another list.
type Lists = HashMap<(CredentialId, i64), (Instant, Arc<Vec<Child>>)>;

/// Lists child accounts, and remembers the lists for a minute. Kept by credential, so no tenant sees another's.
#[derive(Clone)]
pub struct Children {
    client: DuoClient,
    lists: Arc<Mutex<Lists>>,
}

impl Children {
    /// Lists by this client.
    pub fn new(client: DuoClient) -> Self {
        Self { client, lists: Arc::default() }
    }

    /// The children of a connection; empty when it has no Accounts credential that Duo accepted.
    pub async fn list(
        &self,
        context: &TenantContext,
        connection: &ConnectionContext,
    ) -> Result<Arc<Vec<Child>>, TenantError> {
        self.list_since(context, connection, FRESH).await
    }

    /// The same, asked of Duo now: after an account was made or deleted.
    pub async fn list_now(
        &self,
        context: &TenantContext,
        connection: &ConnectionContext,
    ) -> Result<Arc<Vec<Child>>, TenantError> {
        self.list_since(context, connection, Duration::ZERO).await
    }

    async fn list_since(
        &self,
        context: &TenantContext,
        connection: &ConnectionContext,
        oldest: Duration,
    ) -> Result<Arc<Vec<Child>>, TenantError> {
        let Ok(credential) = connection.credential(Api::Accounts) else { return Ok(Arc::default()) };
        let key = (credential.id.clone(), credential.version);
        let kept = self.lists().get(&key).filter(|(at, _)| at.elapsed() < oldest).map(|(_, list)| Arc::clone(list));
        if let Some(list) = kept {
            return Ok(list);
        }
        let asked = Instant::now();
        let list = Arc::new(self.fetch(context, connection).await?);
        let mut lists = self.lists();
        if lists.len() >= MOST {
            lists.clear();
        }
        lists.insert(key, (asked, Arc::clone(&list)));
        Ok(list)
    }

    async fn fetch(&self, context: &TenantContext, connection: &ConnectionContext) -> Result<Vec<Child>, TenantError> {
        #[derive(Deserialize)]
        struct Listed {
            account_id: String,
            name: String,
            api_hostname: Option<String>,
        }
        let keys = context.credential(connection, Api::Accounts)?;
        let endpoint = EndpointId("accounts_list").endpoint();
        let endpoint = endpoint.ok_or(DuoError::Unreadable { status: 0, why: "the catalogue lacks accounts_list" })?;
        let call = Call { endpoint, params: Map::new().into(), account: None, budget: Budget::ORDINARY };
        let listed: Vec<Listed> = self.client.send(&keys, &call).await?.parse()?;
        let children = listed.into_iter().filter_map(|each| {
            // What has no proper id cannot be called at all.
            let id = AccountId::parse(&each.account_id).ok()?;
            let host = each.api_hostname.as_deref().and_then(|host| ApiHost::parse(host).ok());
            if host.is_none() {
                tracing::error!(tenant.id = %context.tenant.id, duo.account_id = %id,
                    "Duo gave a host for a child account that is not one of Duo's; nothing is sent there");
            }
            Some(Child { id, name: each.name, host })
        });
        Ok(children.collect())
    }

    fn lists(&self) -> std::sync::MutexGuard<'_, Lists> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Children {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Children")
    }
}
