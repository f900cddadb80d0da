//! The credentials of a request and the comparison of its signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::Sha512;
use subtle::ConstantTimeEq as _;

use super::canonical::{parameters, version_five, version_two};
use super::date::date_line;
use super::encoding::hex;
use crate::reply::Refusal;
use crate::rule::{Rule, broken};

/// Which of the accepted ways a request was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Version {
    #[serde(rename = "v2/sha1")]
    TwoSha1,
    #[serde(rename = "v2/sha512")]
    TwoSha512,
    #[serde(rename = "v5/sha512")]
    Five,
}

/// What a request says about itself in `Authorization`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) ikey: String,
    pub(crate) signature: String,
}

/// The parts of a request that a signature covers, as they came over the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedRequest<'a> {
    pub(crate) method: &'a str,
    /// Without its port.
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// Reads `Authorization: Basic base64(ikey:signature)`.
pub(crate) fn credentials(headers: &HeaderMap) -> Result<Credentials, Refusal> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let encoded = header.and_then(|text| text.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("basic"));
    let decoded = encoded.and_then(|(_, text)| STANDARD.decode(text.trim()).ok());
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(Refusal::missing_credentials)?;
    let (ikey, signature) = text.split_once(':').ok_or_else(Refusal::missing_credentials)?;
    if ikey.is_empty() || signature.is_empty() {
        return Err(Refusal::missing_credentials());
    }
    Ok(Credentials { ikey: ikey.to_owned(), signature: signature.to_owned() })
}

/// Says how the request was signed with `skey`, or refuses it.
///
/// Versions 1, 3 and 4 match none of the texts tried here and are refused like any wrong signature.
pub(crate) fn verify(request: &SignedRequest<'_>, signature: &str, skey: &str) -> Result<Version, Refusal> {
    let date = date_line(request.headers).ok_or_else(Refusal::missing_date)?;
    let form = is_form(request.headers) && !request.body.is_empty();
    if form {
        let wire = String::from_utf8_lossy(request.body);
        let joined = if request.query.is_empty() { wire.into_owned() } else { format!("{}&{wire}", request.query) };
        let text = version_two(date, request.method, request.host, request.path, &parameters(&joined));
        return version_two_of(&text, signature, skey).ok_or_else(Refusal::bad_signature);
    }
    let two = version_two(date, request.method, request.host, request.path, &parameters(request.query));
    let five = version_five(&two, request.body, request.headers);
    if same(&mac_sha512(skey, &five), signature) {
        return Ok(Version::Five);
    }
    let bodiless = || version_five(&two, &[], request.headers);
    if broken(Rule::BodyCovered) && same(&mac_sha512(skey, &bodiless()), signature) {
        return Ok(Version::Five);
    }
    // A body that version 2 does not cover would be an unsigned body.
    let covered = request.body.is_empty();
    covered.then(|| version_two_of(&two, signature, skey)).flatten().ok_or_else(Refusal::bad_signature)
}

fn version_two_of(text: &str, signature: &str, skey: &str) -> Option<Version> {
    if same(&mac_sha1(skey, text), signature) {
        return Some(Version::TwoSha1);
    }
    same(&mac_sha512(skey, text), signature).then_some(Version::TwoSha512)
}

/// True for a body of form fields, whatever charset is named with it.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    content_type(headers).is_some_and(|kind| kind == "application/x-www-form-urlencoded")
}

/// The media type of the body in lower case, without its parameters.
pub(crate) fn content_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn mac_sha1(skey: &str, text: &str) -> String {
    // HMAC takes a key of any length.
    Hmac::<Sha1>::new_from_slice(skey.as_bytes())
        .map(|mac| hex(&mac.chain_update(text.as_bytes()).finalize().into_bytes()))
        .unwrap_or_default()
}

fn mac_sha512(skey: &str, text: &str) -> String {
    Hmac::<Sha512>::new_from_slice(skey.as_bytes())
        .map(|mac| hex(&mac.chain_update(text.as_bytes()).finalize().into_bytes()))
        .unwrap_or_default()
}

fn same(expected: &str, given: &str) -> bool {
    broken(Rule::SignatureCompared) || expected.as_bytes().ct_eq(given.as_bytes()).into()
}
