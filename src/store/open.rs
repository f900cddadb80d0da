//! The store: its tables by family, opened together.

use std::time::Duration;

use super::access::{ApiKeys, Invites, Operators, Passkeys, SignIn};
use super::audit::AuditLog;
use super::connections::Connections;
use super::credentials::Credentials;
use super::data_keys::DataKeys;
use super::db::Db;
use super::error::StoreError;
use super::house::House;
use super::members::Members;
use super::migrations::{self, Schema};
use super::oauth::{Authorizations, Grants, OAuthClients};
use super::operations::{Operations, Steps};
use super::place::{self, Place, PoolSettings};
use super::pushes::Pushes;
use super::tenants::Tenants;

/// How long closing the connections may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// Everything that is kept, by family; cheap to clone.
#[derive(Clone)]
pub struct Store {
    /// Tenants.
    pub tenants: Tenants,
    /// Their data keys, wrapped.
    pub data_keys: DataKeys,
    /// Their connections to Duo.
    pub connections: Connections,
    /// Their credentials, sealed.
    pub credentials: Credentials,
    /// Their members.
    pub members: Members,
    /// How members come in: owner keys and sessions, hashed.
    pub sign_in: SignIn,
    /// Their passkeys.
    pub passkeys: Passkeys,
    /// Invites, hashed.
    pub invites: Invites,
    /// Their API keys, hashed.
    pub keys: ApiKeys,
    /// OAuth clients.
    pub oauth_clients: OAuthClients,
    /// Their requests under way, and codes.
    pub authorizations: Authorizations,
    /// What members granted them.
    pub grants: Grants,
    /// The operators of the installation.
    pub operators: Operators,
    /// Changes, with one life each.
    pub operations: Operations,
    /// The steps of changes.
    pub steps: Steps,
    /// What was sent to people.
    pub pushes: Pushes,
    /// What happened.
    pub audit: AuditLog,
    /// What belongs to the installation: its counter, its root, the KEKs it knows.
    pub house: House,
    db: Db,
    is_owner: bool,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Opens the store to serve from it.
    ///
    /// A PostgreSQL server that cannot be reached yet is no error, so that the gateway can start before it; `schema`
    /// tells when it is there. A role that would see past the row-level policies is [`StoreError::Role`], from here or
    /// from `schema`.
    pub async fn open(place: &Place, settings: &PoolSettings) -> Result<Self, StoreError> {
        let store = Self::with(place, settings, false).await?;
        match store.check_role().await {
            Err(StoreError::Unavailable(_)) | Ok(()) => Ok(store),
            Err(error) => Err(error),
        }
    }

    /// Opens the store as the owner of the tables, for `migrate` alone: the role is not checked.
    pub async fn open_as_owner(place: &Place, settings: &PoolSettings) -> Result<Self, StoreError> {
        Self::with(place, settings, true).await
    }

    async fn with(place: &Place, settings: &PoolSettings, is_owner: bool) -> Result<Self, StoreError> {
        let db = Db::new(place::open(place, settings).await?);
        Ok(Self {
            tenants: Tenants::new(&db),
            data_keys: DataKeys::new(&db),
            connections: Connections::new(&db),
            credentials: Credentials::new(&db),
            members: Members::new(&db),
            sign_in: SignIn::new(&db),
            passkeys: Passkeys::new(&db),
            invites: Invites::new(&db),
            keys: ApiKeys::new(&db),
            oauth_clients: OAuthClients::new(&db),
            authorizations: Authorizations::new(&db),
            grants: Grants::new(&db),
            operators: Operators::new(&db),
            operations: Operations::new(&db),
            steps: Steps::new(&db),
            pushes: Pushes::new(&db),
            audit: AuditLog::new(&db),
            house: House::new(&db),
            db,
            is_owner,
        })
    }

    /// Brings the tables up to date; several processes may do so at once. On PostgreSQL it gives `app_role`, when it
    /// is named, the rights that serving needs and no others.
    pub async fn migrate(&self, app_role: Option<&str>) -> Result<(), StoreError> {
        migrations::migrate(&self.db, app_role).await
    }

    /// How the tables stand to this program.
    pub async fn schema(&self) -> Result<Schema, StoreError> {
        if !self.is_owner {
            self.check_role().await?;
        }
        migrations::schema(&self.db).await
    }

    /// Closes all connections; one whose server has vanished is not waited for.
    pub async fn close(&self) {
        let all = async {
            self.house.close().await;
            self.db.close().await;
        };
        if tokio::time::timeout(FAREWELL, all).await.is_err() {
            tracing::warn!("connections to the database could not be closed in time");
        }
    }

    /// Row-level security does not hold for a superuser, nor for a role that bypasses it.
    async fn check_role(&self) -> Result<(), StoreError> {
        match self.db.role_past_policies().await? {
            Some(role) => Err(StoreError::Role(role)),
            None => Ok(()),
        }
    }
}
