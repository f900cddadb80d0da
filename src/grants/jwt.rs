//! Reading a provider's signed token: nothing in it is believed before all fits.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{DecodingKey, Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::signatures::ALGORITHMS;
use crate::domain::clock::Timestamp;

/// How far two clocks may differ.
pub(super) const LEEWAY_SECONDS: i64 = 60;
/// The longest value of a claim that can be linked.
const LONGEST: usize = 256;

/// What a token has to say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) audience: &'a str,
    pub(super) now: Timestamp,
}

/// The token's header, which decides nothing: it may only say what is allowed. A key that it carries is not looked at.
pub(super) fn header(presented: &str) -> Result<Header, &'static str> {
    let header = decode_header(presented).map_err(|_| "the token cannot be read")?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err("the token is signed in a way that is not taken");
    }
    if header.crit.is_some() || header.enc.is_some() || header.zip.is_some() {
        return Err("the token asks for more than is understood");
    }
    Ok(header)
}

/// What the token says, if this key signed it and it is of this issuer, for this audience and of this time.
pub(super) fn claims(
    presented: &str,
    header: &Header,
    key: &Jwk,
    expected: &Expected<'_>,
) -> Result<Map<String, Value>, &'static str> {
    const OTHER_KEY: &str = "the token's key is not made for its signature";
    let is_for_signing = !matches!(&key.common.public_key_use, Some(usage) if *usage != PublicKeyUse::Signature);
    let says_same = key.common.key_algorithm.is_none_or(|own| own == KeyAlgorithm::from(header.alg));
    let decoding = DecodingKey::from_jwk(key).map_err(|_| OTHER_KEY)?;
    if !is_for_signing || !says_same || decoding.family() != header.alg.family() {
        return Err(OTHER_KEY);
    }
    let mut rules = Validation::new(header.alg);
    rules.leeway = LEEWAY_SECONDS.unsigned_abs();
    rules.validate_nbf = true;
    rules.set_issuer(&[expected.issuer]);
    rules.set_audience(&[expected.audience]);
    rules.set_required_spec_claims(&["exp", "iss", "aud"]);
    let checked = decode::<Map<String, Value>>(presented, &decoding, &rules);
    let claims = checked.map(|token| token.claims).map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature => "the token's signature does not fit",
        ErrorKind::ExpiredSignature => "the token has expired",
        ErrorKind::ImmatureSignature => "the token is not valid yet",
        ErrorKind::InvalidAudience => "this token is for another resource",
        ErrorKind::InvalidIssuer => "the token is of an unknown issuer",
        _ => "the token is not in order",
    })?;
    match claims.get("iat").and_then(Value::as_i64) {
        Some(issued) if issued <= expected.now.seconds() + LEEWAY_SECONDS => Ok(claims),
        Some(_) => Err("the token is of the future"),
        None => Err("the token does not say when it was issued"),
    }
}

/// Whom the token is about, by this claim.
pub(super) fn whom<'a>(claims: &'a Map<String, Value>, claim: &str) -> Result<&'a str, &'static str> {
    let value = claims.get(claim).and_then(Value::as_str).unwrap_or_default();
    if value.is_empty() || value.len() > LONGEST { Err("the token does not say whom it is about") } else { Ok(value) }
}
