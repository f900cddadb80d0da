//! Codes and refresh tokens for pairs of tokens, and the end of a grant.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::clients::Clients;
use super::error::{ClientError, GrantError};
use crate::config::OauthSettings;
use crate::domain::actor::Actor;
use crate::domain::audit::AuditEvent;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::grant::Grant;
use crate::domain::ids::{EventId, GrantId, TenantId};
use crate::domain::random::Random;
use crate::domain::resource;
use crate::domain::scope::Scopes;
use crate::store::{Pair, Refreshed, Store};
use crate::tokens::{Kind, Token, derive, make, parse};
use crate::vault::HouseKeys;

const DAY_SECONDS: i64 = 24 * 3600;
const NO_CODE: GrantError = GrantError::InvalidGrant("the code is unknown, over, or another client's");
const NO_TOKEN: GrantError = GrantError::InvalidGrant("the refresh token is unknown, over, or another client's");

/// A code as a client brings it.
#[derive(Clone, Copy)]
pub struct CodeShown<'a> {
    /// The code.
    pub code: &'a str,
    /// Who says to bring it.
    pub client: &'a str,
    /// Where the browser was sent back to, exactly as in the request.
    pub redirect: Option<&'a str>,
    /// What hashes to the request's challenge.
    pub verifier: &'a str,
    /// What the tokens are to be for.
    pub resource: Option<&'a str>,
}

/// A refresh token as a client brings it.
#[derive(Clone, Copy)]
pub struct RefreshShown<'a> {
    /// The token.
    pub token: &'a str,
    /// Who says to bring it.
    pub client: &'a str,
    /// What the new access token is to be used for; at most what was granted.
    pub scopes: Option<Scopes>,
    /// What the tokens are to be for.
    pub resource: Option<&'a str>,
}

/// What a client is given.
pub struct Tokens {
    /// The grant that they are of.
    pub grant: GrantId,
    /// The access token.
    pub access: Token,
    /// The refresh token, if it asked for such.
    pub refresh: Option<Token>,
    /// For how many seconds the access token works.
    pub expires_in: i64,
    /// What it may be used for.
    pub scopes: Scopes,
}

/// Gives tokens; cheap to clone.
#[derive(Clone)]
pub struct Exchange {
    store: Store,
    clients: Clients,
    house: Arc<HouseKeys>,
    clock: Clock,
    random: Random,
    settings: OauthSettings,
    origin: String,
}

impl Exchange {
    /// Tokens for what this origin serves.
    pub fn new(
        store: Store,
        clients: Clients,
        house: Arc<HouseKeys>,
        clock: Clock,
        random: Random,
        (settings, origin): (OauthSettings, String),
    ) -> Self {
        Self { store, clients, house, clock, random, settings, origin }
    }

    /// Redeems a code. Everything is checked before it is used up, so that a mistake does not burn it; one that comes
    /// again ends what it was redeemed for.
    pub async fn redeem(&self, shown: CodeShown<'_>) -> Result<Tokens, GrantError> {
        // What has a typo is told so without a question to the database.
        let Ok((Kind::AuthorizationCode, hash)) = parse(shown.code) else { return Err(NO_CODE) };
        self.known(shown.client).await?;
        let consent = self.store.authorizations.find_code(&hash).await?.ok_or(NO_CODE)?;
        let request = &consent.request;
        if request.client != shown.client {
            return Err(NO_CODE);
        }
        if let Some(grant) = &consent.redeemed {
            self.end(&consent.tenant, grant, "code_replayed").await?;
            return Err(GrantError::InvalidGrant("the code was used before"));
        }
        if shown.redirect != Some(request.redirect.as_str()) {
            return Err(GrantError::InvalidGrant("the redirect_uri is not the request's"));
        }
        self.check_resource(shown.resource)?;
        if !fits(shown.verifier, &request.challenge) {
            return Err(GrantError::InvalidGrant("the code_verifier does not fit"));
        }
        let now = self.clock.now();
        let member = self.store.members.find(&consent.tenant, &consent.member).await?.ok_or(NO_CODE)?;
        let grant = Grant {
            id: GrantId::new(&self.random)?,
            tenant: consent.tenant.clone(),
            member: consent.member.clone(),
            client: request.client.clone(),
            client_name: request.client_name.clone(),
            redirect_origin: request.redirect.origin(),
            scopes: request.scopes,
            resource: request.resource.clone(),
            created_at: now,
            expires_at: consent.ends_at,
            last_used_at: None,
            revoked_at: None,
            revoked_why: None,
        };
        let access = make(Kind::AccessToken, &self.random)?;
        let refresh = if request.refreshes { Some(make(Kind::RefreshToken, &self.random)?) } else { None };
        let pair = self.pair(&grant, &access, refresh.as_ref(), request.scopes, now);
        let by = Actor::Member { member: member.id, person: member.name };
        let mut event = self.event("grant.create", by, &grant.tenant, &grant.id, now)?;
        event.objects.extend([grant.client.clone(), grant.redirect_origin.clone(), grant.scopes.to_string()]);
        if self.store.grants.redeem(&hash, &grant, &pair, &event).await? {
            let expires_in = seconds(now, pair.expires_at);
            return Ok(Tokens { grant: grant.id, access, refresh, expires_in, scopes: pair.scopes });
        }
        // Somebody was quicker with the same code, and then this is it coming again; or its minute is over.
        if let Some(grant) = self.store.authorizations.find_code(&hash).await?.and_then(|consent| consent.redeemed) {
            self.end(&consent.tenant, &grant, "code_replayed").await?;
        }
        Err(NO_CODE)
    }

    /// Refreshes. The new pair follows from the token that is shown, so a lost answer can be given again.
    pub async fn refresh(&self, shown: RefreshShown<'_>) -> Result<Tokens, GrantError> {
        let Ok((Kind::RefreshToken, hash)) = parse(shown.token) else { return Err(NO_TOKEN) };
        self.known(shown.client).await?;
        let found = self.store.grants.find_by_refresh(&hash).await?.ok_or(NO_TOKEN)?;
        if found.grant.client != shown.client {
            return Err(NO_TOKEN);
        }
        self.check_resource(shown.resource)?;
        let scopes = shown.scopes.unwrap_or(found.grant.scopes);
        if !found.grant.scopes.holds(scopes) || scopes.is_empty() {
            return Err(GrantError::InvalidScope);
        }
        let now = self.clock.now();
        let key = self.house.rotation();
        let access = derive(Kind::AccessToken, key, shown.token);
        let refresh = derive(Kind::RefreshToken, key, shown.token);
        let pair = self.pair(&found.grant, &access, Some(&refresh), scopes, now);
        let leeway = i64::try_from(self.settings.refresh_leeway_seconds.0).unwrap_or(0) * 1000;
        let mut reused = self.event("grant.revoke", Actor::House, &found.grant.tenant, &found.grant.id, now)?;
        reused.code = Some("refresh_reuse".to_owned());
        match self.store.grants.refresh(&found, &pair, leeway, now, &reused).await? {
            Refreshed::Pair(expires_at, scopes) => {
                let (grant, expires_in) = (found.grant.id, seconds(now, expires_at));
                Ok(Tokens { grant, access, refresh: Some(refresh), expires_in, scopes })
            }
            Refreshed::Reused => {
                tracing::warn!(tenant.id = %found.grant.tenant, grant.id = %found.grant.id,
                    "A refresh token that was replaced came again; the grant is ended");
                Err(GrantError::InvalidGrant("the refresh token was replaced before: the connection is ended"))
            }
            Refreshed::Over => Err(NO_TOKEN),
        }
    }

    /// Takes a token back for the client that holds it: a refresh token with its whole grant. What is no token of this
    /// client's is none of its business, and is not told from one that is gone.
    pub async fn revoke(&self, token: &str, client: &str) -> Result<(), GrantError> {
        match parse(token) {
            Ok((Kind::RefreshToken, hash)) => {
                let found = self.store.grants.find_by_refresh(&hash).await?;
                if let Some(found) = found.filter(|found| found.grant.client == client) {
                    self.end(&found.grant.tenant, &found.grant.id, "client_revoked").await?;
                }
            }
            Ok((Kind::AccessToken, hash)) => {
                let found = self.store.grants.find_by_access(&hash).await?;
                if let Some(found) = found.filter(|found| found.grant.client == client) {
                    self.store.grants.delete_access(&found.grant.tenant, &hash).await?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn known(&self, client: &str) -> Result<(), GrantError> {
        match self.clients.still_has(client).await {
            Ok(true) => Ok(()),
            Err(ClientError::Store(error)) => Err(error.into()),
            Ok(false) | Err(_) => Err(GrantError::UnknownClient),
        }
    }

    fn check_resource(&self, given: Option<&str>) -> Result<(), GrantError> {
        resource::meant(given, &self.origin).map(drop).map_err(|_| GrantError::InvalidTarget)
    }

    fn pair(&self, grant: &Grant, access: &Token, refresh: Option<&Token>, scopes: Scopes, now: Timestamp) -> Pair {
        let lifetime = self.settings.access_token_seconds(&grant.client);
        Pair {
            access: access.hash(),
            refresh: refresh.map(Token::hash),
            scopes,
            expires_at: now.plus_seconds(lifetime).min(grant.expires_at),
            idle_until: now.plus_seconds(i64::from(self.settings.idle_days) * DAY_SECONDS).min(grant.expires_at),
        }
    }

    async fn end(&self, tenant: &TenantId, grant: &GrantId, why: &str) -> Result<(), GrantError> {
        let now = self.clock.now();
        let mut event = self.event("grant.revoke", Actor::House, tenant, grant, now)?;
        event.code = Some(why.to_owned());
        self.store.grants.revoke(tenant, grant, why, now, &event).await?;
        Ok(())
    }

    fn event(
        &self,
        action: &str,
        actor: Actor,
        tenant: &TenantId,
        grant: &GrantId,
        at: Timestamp,
    ) -> Result<AuditEvent, GrantError> {
        Ok(AuditEvent {
            tenant: Some(tenant.clone()),
            objects: vec![grant.to_string()],
            ..AuditEvent::done(EventId::new(&self.random)?, at, actor, action)
        })
    }
}

/// Whether the verifier hashes to the challenge (RFC 7636, S256).
fn fits(verifier: &str, challenge: &str) -> bool {
    let is_plain = (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    let hashed = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    is_plain && subtle::ConstantTimeEq::ct_eq(hashed.as_bytes(), challenge.as_bytes()).into()
}

fn seconds(now: Timestamp, until: Timestamp) -> i64 {
    ((until.0 - now.0) / 1000).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_of_rfc_7636_fits_its_challenge() {
        let (verifier, challenge) =
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(fits(verifier, challenge));
        assert!(!fits(&format!("{verifier}x"), challenge));
        assert!(!fits(challenge, challenge), "plain is not served");
        assert!(!fits("", ""));
    }
}
