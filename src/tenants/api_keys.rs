//! Acts on API keys: made, shown once, listed, taken back.

use super::acts::{Acts, plain_text};
use super::error::TenantError;
use super::members::{NewMember, given};
use crate::audit::digest;
use crate::domain::actor::{Actor, ApiKey};
use crate::domain::ids::{KeyId, MemberId, TenantId};
use crate::domain::member::{Member, MemberKind, Role};
use crate::domain::scope::Scopes;
use crate::domain::standing::{NewStanding, StandingApproval};
use crate::store::StoreError;
use crate::tokens::{Kind, Token, make};

/// How long a key lives when nobody says, and at most.
const USUAL_DAYS: i64 = 365;
const MOST_DAYS: i64 = 3650;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// An API key as an operator asks for it.
#[derive(Clone, Debug, Default)]
pub struct NewApiKey {
    /// What it is for.
    pub name: String,
    /// Whose it is.
    pub holder: Holder,
    /// What it may be used for.
    pub scopes: Scopes,
    /// What is approved in advance.
    pub standing: Vec<NewStanding>,
    /// How many days it lives; a year when left out.
    pub days: Option<i64>,
}

/// Whose a new key is.
#[derive(Clone, Debug)]
pub enum Holder {
    /// A member.
    Member(MemberId),
    /// The member of this name. Before there were members a key carried just a name, and who still asks so gets what
    /// there was: when nobody has the name, a member is made whose role narrows nothing.
    Person(String),
}

impl Default for Holder {
    fn default() -> Self {
        Self::Person(String::new())
    }
}

impl Acts {
    /// Makes a key. The token is in the answer and nowhere else: only its hash is stored.
    pub async fn create_key(
        &self,
        tenant: &TenantId,
        new: &NewApiKey,
        by: &Actor,
    ) -> Result<(ApiKey, Token), TenantError> {
        self.may_manage(tenant, by).await?;
        let days = new.days.unwrap_or(USUAL_DAYS);
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(TenantError::BadLifetime { longest: MOST_DAYS });
        }
        if new.scopes.is_empty() {
            return Err(TenantError::NoScopes);
        }
        let standing = given(&new.standing, by)?;
        let name = plain_text(&new.name, "a key's name")?;
        let member = self.holder(tenant, &new.holder, by).await?;
        // A key that says more than it can do would mislead who reads it, and widen by itself with the role.
        if !member.ceiling().holds(new.scopes) {
            return Err(TenantError::BeyondMember { name: member.name.clone(), ceiling: member.ceiling() });
        }
        let (now, token) = (self.clock.now(), make(Kind::ApiKey, &self.random)?);
        let key = ApiKey {
            id: KeyId::new(&self.random)?,
            tenant: tenant.clone(),
            name,
            member: member.id,
            person: member.name,
            scopes: new.scopes,
            standing,
            last4: token.last4().to_owned(),
            created_at: now,
            expires_at: now.plus_seconds(days * DAY_SECONDS),
            last_used_at: None,
            revoked_at: None,
        };
        let mut event = self.event("key.create", by, Some(tenant), vec![key.id.to_string()])?;
        event.digest = self.standing_digest(tenant, "key.create", &key.standing);
        match self.store.keys.create(&key, &token.hash(), &event).await {
            Ok(true) => Ok((key, token)),
            Ok(false) => Err(TenantError::NoSuchMember),
            Err(StoreError::Conflict("holder")) => Err(TenantError::Changed),
            Err(error) => Err(error.into()),
        }
    }

    async fn holder(&self, tenant: &TenantId, holder: &Holder, by: &Actor) -> Result<Member, TenantError> {
        let name = match holder {
            Holder::Member(id) => return self.member(tenant, id).await,
            Holder::Person(name) => plain_text(name, "the name of a key's holder")?,
        };
        if let Some(found) = self.store.members.find_by_name(tenant, &name).await? {
            return Ok(found);
        }
        let new = NewMember { name, kind: MemberKind::Person, role: Role::Administrator, ..NewMember::default() };
        self.create_member(tenant, &new, by).await
    }

    /// What ties an audit row to the approvals that were given with the act; `None` without any.
    pub(super) fn standing_digest(
        &self,
        tenant: &TenantId,
        action: &str,
        standing: &[StandingApproval],
    ) -> Option<String> {
        let said = serde_json::to_value(standing).ok().filter(|_| !standing.is_empty())?;
        Some(digest(&self.house, tenant, action, &said))
    }

    /// The tenant's keys, revoked and expired ones too.
    pub async fn keys(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, TenantError> {
        self.tenant(tenant).await?;
        Ok(self.store.keys.list(tenant).await?)
    }

    /// Takes a key back. It stops working within two seconds on every replica.
    pub async fn revoke_key(&self, tenant: &TenantId, key: &KeyId, by: &Actor) -> Result<(), TenantError> {
        self.may_manage(tenant, by).await?;
        let event = self.event("key.revoke", by, Some(tenant), vec![key.to_string()])?;
        if self.store.keys.revoke(tenant, key, self.clock.now(), &event).await? {
            Ok(())
        } else {
            Err(TenantError::NoSuchKey)
        }
    }
}
