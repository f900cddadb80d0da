//! Access tokens of identity providers: whom they are about, what they may do.

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{DecodingKey, Header, Validation, dangerous, decode, decode_header};
use serde_json::{Map, Value};
use url::Url;

use super::fetch::{Fetcher, Override};
use super::key_set::{Found, KeySet};
use super::signatures::{self, ALGORITHMS};
use crate::config::IdentityProvider;
use crate::domain::clock::Clock;
use crate::domain::scope::{Scope, Scopes};

/// How far two clocks may differ.
const LEEWAY_SECONDS: i64 = 60;
/// The longest value of a claim that can be linked.
const LONGEST: usize = 256;
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
            let address = Url::parse(&provider.jwks_url).ok().filter(|url| url.scheme() == "https")?;
            Some((provider, KeySet::new(address)))
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
        let header = decode_header(presented).map_err(|_| NotIdentified::Refused("the token cannot be read"))?;
        // Only to choose whose keys to ask; it is checked with everything else below.
        let unchecked: Map<String, Value> = dangerous::insecure_decode_claims(presented)
            .map_err(|_| NotIdentified::Refused("the token cannot be read"))?;
        let issuer = unchecked.get("iss").and_then(Value::as_str).unwrap_or_default();
        let found = self.0.providers.iter().find(|(provider, _)| provider.issuer == issuer);
        let Some((provider, keys)) = found else {
            return Err(NotIdentified::Refused("the token is of an unknown issuer"));
        };
        check_header(&header, provider)?;
        let id = header.kid.as_deref().ok_or(NotIdentified::Refused("the token names no key"))?;
        let key = match keys.find(id, &self.0.fetcher).await {
            Found::Key(key) => key,
            Found::Unknown => {
                return Err(NotIdentified::Refused("the token names a key that its issuer does not have"));
            }
            Found::CannotSay => return Err(NotIdentified::CannotCheck),
        };
        let claims = check(presented, &header, &key, provider, resource)?;
        self.check_age(&claims)?;
        let value = claims.get(&provider.claim).and_then(Value::as_str).unwrap_or_default();
        if value.is_empty() || value.len() > LONGEST {
            return Err(NotIdentified::Refused("the token does not say whom it is about"));
        }
        let scopes = scopes(&claims, &provider.scopes);
        Ok(Identity { issuer: provider.issuer.clone(), value: value.to_owned(), scopes })
    }

    fn check_age(&self, claims: &Map<String, Value>) -> Result<(), NotIdentified> {
        let issued = claims.get("iat").and_then(Value::as_i64);
        match issued {
            Some(issued) if issued <= self.0.clock.now().seconds() + LEEWAY_SECONDS => Ok(()),
            Some(_) => Err(NotIdentified::Refused("the token is of the future")),
            None => Err(NotIdentified::Refused("the token does not say when it was issued")),
        }
    }
}

impl std::fmt::Debug for Providers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.providers.iter().map(|(provider, _)| &provider.issuer)).finish()
    }
}

/// The header decides nothing: it may only say what is allowed. A key that it carries is not looked at.
fn check_header(header: &Header, provider: &IdentityProvider) -> Result<(), NotIdentified> {
    if !ALGORITHMS.contains(&header.alg) {
        return Err(NotIdentified::Refused("the token is signed in a way that is not taken"));
    }
    if header.crit.is_some() || header.enc.is_some() || header.zip.is_some() {
        return Err(NotIdentified::Refused("the token asks for more than is understood"));
    }
    let kind = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    let is_access_token = kind == "at+jwt" || kind == "application/at+jwt";
    if is_access_token || provider.any_type {
        Ok(())
    } else {
        Err(NotIdentified::Refused("the token is no access token"))
    }
}

fn check(
    presented: &str,
    header: &Header,
    key: &Jwk,
    provider: &IdentityProvider,
    resource: &str,
) -> Result<Map<String, Value>, NotIdentified> {
    const OTHER_KEY: NotIdentified = NotIdentified::Refused("the token's key is not made for its signature");
    let is_for_signing = !matches!(&key.common.public_key_use, Some(usage) if *usage != PublicKeyUse::Signature);
    let says_same = key.common.key_algorithm.is_none_or(|own| own == KeyAlgorithm::from(header.alg));
    let decoding = DecodingKey::from_jwk(key).map_err(|_| OTHER_KEY)?;
    if !is_for_signing || !says_same || decoding.family() != header.alg.family() {
        return Err(OTHER_KEY);
    }
    let mut rules = Validation::new(header.alg);
    rules.leeway = LEEWAY_SECONDS.unsigned_abs();
    rules.validate_nbf = true;
    rules.set_issuer(&[&provider.issuer]);
    rules.set_audience(&[resource]);
    rules.set_required_spec_claims(&["exp", "iss", "aud"]);
    let checked = decode::<Map<String, Value>>(presented, &decoding, &rules);
    checked.map(|token| token.claims).map_err(|error| {
        NotIdentified::Refused(match error.kind() {
            ErrorKind::InvalidSignature => "the token's signature does not fit",
            ErrorKind::ExpiredSignature => "the token has expired",
            ErrorKind::ImmatureSignature => "the token is not valid yet",
            ErrorKind::InvalidAudience => "this token is for another resource",
            ErrorKind::InvalidIssuer => "the token is of an unknown issuer",
            _ => "the token is not in order",
        })
    })
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
