//! Identities at other providers: linked here, signed in by, taken back as grants.

use super::acts::{Acts, plain_text};
use super::error::TenantError;
use crate::domain::actor::Actor;
use crate::domain::clock::Timestamp;
use crate::domain::grant::Grant;
use crate::domain::ids::{GrantId, MemberId, TenantId};
use crate::domain::member::{MemberKind, MemberSession};
use crate::domain::scope::Scopes;
use crate::domain::tenant::TenantStatus;
use crate::store::{Opened, ShownBy, StoreError};
use crate::tokens::{Token, identity_hash};

/// How long a link lasts when nobody says, and at most.
const USUAL_DAYS: i64 = 365;
const MOST_DAYS: i64 = 3650;
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// The longest issuer and the longest value.
const LONGEST: usize = 256;

/// An identity at another provider, as an operator links it.
#[derive(Clone, Debug, Default)]
pub struct NewIdentity {
    /// The provider's issuer, letter for letter.
    pub issuer: String,
    /// The value of the claim that the settings name for the provider, letter for letter.
    pub value: String,
    /// What its tokens may be used for at most.
    pub scopes: Scopes,
    /// How many days the link lasts; a year when left out.
    pub days: Option<i64>,
}

impl Acts {
    /// Links an identity to a member, who calls by the provider's tokens from then on. It is the operator who says so:
    /// an owner who could would take over people of other subscribers who have the same provider.
    pub async fn link_identity(
        &self,
        tenant: &TenantId,
        member: &MemberId,
        new: &NewIdentity,
        by: &Actor,
    ) -> Result<Grant, TenantError> {
        if !matches!(by, Actor::Operator { .. } | Actor::Console) {
            return Err(TenantError::NotAnOwner);
        }
        let issuer = given(&new.issuer, "the issuer")?;
        let value = given(&new.value, "the claim's value")?;
        let days = new.days.unwrap_or(USUAL_DAYS);
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(TenantError::BadLifetime { longest: MOST_DAYS });
        }
        if new.scopes.is_empty() {
            return Err(TenantError::NoScopes);
        }
        self.tenant(tenant).await?;
        let member = self.member(tenant, member).await?;
        let now = self.clock.now();
        let grant = Grant {
            id: GrantId::new(&self.random)?,
            tenant: tenant.clone(),
            member: member.id.clone(),
            client: issuer.to_owned(),
            client_name: plain_text(issuer.trim_start_matches("https://"), "the issuer")?,
            redirect_origin: String::new(),
            scopes: new.scopes,
            // Each token says itself what it is for.
            resource: String::new(),
            created_at: now,
            expires_at: now.plus_seconds(days * DAY_SECONDS),
            last_used_at: None,
            revoked_at: None,
            revoked_why: None,
        };
        let event = self.event("identity.link", by, Some(tenant), vec![grant.id.to_string(), member.id.to_string()])?;
        match self.store.grants.link(&grant, &identity_hash(issuer, value), &event).await {
            Ok(true) => Ok(grant),
            Ok(false) => Err(TenantError::NoSuchMember),
            Err(StoreError::Conflict("identity")) => Err(TenantError::IdentityTaken),
            Err(error) => Err(error.into()),
        }
    }

    /// Signs in the member that this identity is linked to; `None` when it is nobody's, or nobody's any more. The provider
    /// proved the identity, at `proved_at` if it says when: without that the session is never a fresh one.
    pub async fn sign_in_by_identity(
        &self,
        issuer: &str,
        value: &str,
        proved_at: Option<Timestamp>,
    ) -> Result<Option<(MemberSession, Token)>, TenantError> {
        let found = self.store.grants.find_by_access(&identity_hash(issuer, value)).await?;
        let Some(Opened { grant, member, generation, status, .. }) = found else { return Ok(None) };
        let now = self.clock.now();
        let is_over = grant.revoked_at.is_some() || grant.expires_at <= now || member.removed_at.is_some();
        if is_over || member.kind == MemberKind::Service {
            // A service's link goes on: it is one for tokens.
            let code = if is_over { "link_over" } else { "service" };
            self.note_refused_sign_in(&member, Some(&grant.id), code).await?;
            return Ok(None);
        }
        if status != TenantStatus::Active {
            self.note_refused_sign_in(&member, Some(&grant.id), "tenant_suspended").await?;
            return Err(TenantError::WrongStatus(status));
        }
        let by = Actor::Member { member: member.id.clone(), person: member.name.clone() };
        let objects = vec![member.id.to_string(), grant.id.to_string()];
        let event = self.event("member.sign_in", &by, Some(&member.tenant), objects)?;
        let since = proved_at.map_or(Timestamp(0), |at| at.min(now));
        let (by, until) = (ShownBy::Link(&grant.id), Some(grant.expires_at));
        let opened = match self.open_session_since(&member, by, since, until, Some(&event)).await {
            // The link was taken back, or the member removed, a moment ago.
            Err(TenantError::NoSuchMember) => return Ok(None),
            opened => opened?,
        };
        self.store.grants.touch(&[(grant.tenant, grant.id, generation)], now).await?;
        Ok(Some(opened))
    }
}

/// The text as it was given: it is compared letter for letter.
fn given<'a>(text: &'a str, what: &'static str) -> Result<&'a str, TenantError> {
    let is_plain = !text.is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control);
    if is_plain { Ok(text) } else { Err(TenantError::BadText { what, longest: LONGEST }) }
}
