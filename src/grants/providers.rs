//! Access tokens of identity providers: whom they are about, what they may do.

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonwebtoken::{Header, dangerous};
use serde_json::{Map, Value};

use super::fetch::{Fetcher, Override};
use super::jwt::{self, Expected};
use super::key_set::{Found, KeySet};
use super::signatures;
use crate::config::IdentityProvider;
use crate::domain::address::fetched_from;
use crate::domain::clock::Clock;
use crate::domain::scope::{Scope, Scopes};

/// The most bytes of a set of keys.
const MOST_BYTES: usize = 128 * 1024;

/// Whom a token is about, and what its provider lets it be used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// The value of the provider's claim.
    pub value: String,
    /// What the token says that it may be used for.
    pub scopes: Scopes,
}

/// Why a token identifies nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotIdentified {
    /// 401.
    #[error("{0}")]
    Refused(&'static str),
    /// 503: the provider's keys cannot be had.
    #[error("the identity provider's keys cannot be fetched now")]
    CannotCheck,
}

/// The providers that the settings name; cheap to clone.
#[derive(Clone)]
pub struct Providers(Arc<Inner>);

struct Inner {
    providers: Vec<(IdentityProvider, KeySet)>,
    fetcher: Fetcher,
    clock: Clock,
}

impl Providers {
    /// These providers; names among the overrides lead elsewhere when their keys are fetched.
    pub fn new(
        providers: Vec<IdentityProvider>,
        overrides: Vec<Override>,
        clock: Clock,
    ) -> Result<Self, duo_api::client::SettingsError> {
        signatures::install();
        let with_keys = |provider: IdentityProvider| {
            let keys = KeySet::new(fetched_from(&provider.jwks_url)?);
            Some((provider, keys))
        };
        let providers = providers.into_iter().filter_map(with_keys).collect();
        Ok(Self(Arc::new(Inner { providers, fetcher: Fetcher::new(overrides, MOST_BYTES)?, clock })))
    }

    /// Whether a credential may be a token of a provider: three parts, and some provider to ask.
    pub fn may_know(&self, presented: &str) -> bool {
        !self.0.providers.is_empty() && presented.split('.').count() == 3
    }

    /// Whom this token is about, if it is for this resource and everything about it is in order.
    pub async fn identify(&self, presented: &str, resource: &str) -> Result<Identity, NotIdentified> {
        let header = jwt::header(presented).map_err(NotIdentified::Refused)?;
        // Only to choose whose keys to ask; it is checked with everything else below.
        let unchecked: Map<String, Value> = dangerous::insecure_decode_claims(presented)
            .map_err(|_| NotIdentified::Refused("the token cannot be read"))?;
        let issuer = unchecked.get("iss").and_then(Value::as_str).unwrap_or_default();
        let found = self.0.providers.iter().find(|(provider, _)| provider.issuer == issuer);
        let Some((provider, keys)) = found else {
            return Err(NotIdentified::Refused("the token is of an unknown issuer"));
        };
        check_type(&header, provider)?;
        let id = header.kid.as_deref().ok_or(NotIdentified::Refused("the token names no key"))?;
        let key = match keys.find(id, &self.0.fetcher).await {
            Found::Key(key) => key,
            Found::Unknown => {
                return Err(NotIdentified::Refused("the token names a key that its issuer does not have"));
            }
            Found::CannotSay => return Err(NotIdentified::CannotCheck),
        };
        let expected = Expected { issuer: &provider.issuer, audience: resource, now: self.0.clock.now() };
        let claims = jwt::claims(presented, &header, &key, &expected).map_err(NotIdentified::Refused)?;
        let value = jwt::whom(&claims, &provider.claim).map_err(NotIdentified::Refused)?;
        let scopes = scopes(&claims, &provider.scopes);
        Ok(Identity { issuer: provider.issuer.clone(), value: value.to_owned(), scopes })
    }
}

impl std::fmt::Debug for Providers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.providers.iter().map(|(provider, _)| &provider.issuer)).finish()
    }
}

fn check_type(header: &Header, provider: &IdentityProvider) -> Result<(), NotIdentified> {
    let kind = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    let is_access_token = kind == "at+jwt" || kind == "application/at+jwt";
    if is_access_token || provider.any_type {
        Ok(())
    } else {
        Err(NotIdentified::Refused("the token is no access token"))
    }
}

/// What the token may be used for: the words of `scope` (RFC 9068) or `scp`, through the provider's table.
fn scopes(claims: &Map<String, Value>, table: &BTreeMap<String, Scope>) -> Scopes {
    let mut words: Vec<&str> = Vec::new();
    for claim in ["scope", "scp"] {
        match claims.get(claim) {
            Some(Value::String(text)) => words.extend(text.split_whitespace()),
            Some(Value::Array(list)) => words.extend(list.iter().filter_map(Value::as_str)),
            _ => {}
        }
    }
    let ours = |word: &str| if table.is_empty() { word.parse().ok() } else { table.get(word).copied() };
    words.into_iter().filter_map(ours).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_provider_s_words_go_through_its_table() {
        let claims = |value: Value| value.as_object().unwrap().clone();
        let own = BTreeMap::new();
        assert_eq!(
            scopes(&claims(json!({ "scope": "openid duo:read duo:logs x" })), &own).to_string(),
            "duo:read duo:logs"
        );
        assert_eq!(scopes(&claims(json!({ "scp": ["duo:read"] })), &own), Scopes::read_only());
        let table = BTreeMap::from([("Helpdesk.Read".to_owned(), Scope::Read)]);
        assert_eq!(scopes(&claims(json!({ "scp": "Helpdesk.Read duo:destroy" })), &table), Scopes::read_only());
        assert!(scopes(&claims(json!({ "scope": 7 })), &own).is_empty());
    }
}
