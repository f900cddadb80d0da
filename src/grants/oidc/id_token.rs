//! The ID token: what the provider says of who signed in.

use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use super::super::fetch::Fetcher;
use super::super::jwt::{self, Expected, LEEWAY_SECONDS};
use super::super::key_set::{Found, KeySet};
use super::error::NotProved;
use crate::domain::clock::Timestamp;

/// Who signed in there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The provider.
    pub issuer: String,
    /// The value of the provider's claim.
    pub value: String,
    /// When the person showed there who it is, if the provider says so.
    pub at: Option<Timestamp>,
}

/// What the token has to say.
pub(super) struct Wanted<'a> {
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
    pub(super) nonce: &'a str,
    pub(super) claim: &'a str,
    /// Since when the person must have shown who it is; `None` when an earlier time does as well.
    pub(super) since: Option<Timestamp>,
    pub(super) now: Timestamp,
}

/// Whom this token proves, by these keys.
pub(super) async fn check(
    presented: &str,
    keys: &KeySet,
    fetcher: &Fetcher,
    wanted: &Wanted<'_>,
) -> Result<Proved, NotProved> {
    let header = jwt::header(presented).map_err(NotProved::Untrusted)?;
    let kind = header.typ.as_deref().unwrap_or("JWT");
    if !kind.eq_ignore_ascii_case("JWT") {
        return Err(NotProved::Untrusted("the token is no ID token"));
    }
    let id = header.kid.as_deref().ok_or(NotProved::Untrusted("the token names no key"))?;
    let key = match keys.find(id, fetcher).await {
        Found::Key(key) => key,
        Found::Unknown => return Err(NotProved::Untrusted("the token names a key that its issuer does not have")),
        Found::CannotSay => return Err(NotProved::Away),
    };
    let expected = Expected { issuer: wanted.issuer, audience: wanted.client, now: wanted.now };
    let claims = jwt::claims(presented, &header, &key, &expected).map_err(NotProved::Untrusted)?;
    let at = check_claims(&claims, wanted).map_err(NotProved::Untrusted)?;
    let value = jwt::whom(&claims, wanted.claim).map_err(NotProved::Untrusted)?;
    Ok(Proved { issuer: wanted.issuer.to_owned(), value: value.to_owned(), at })
}

/// What an ID token says beyond what every token does (OpenID Connect Core, section 3.1.3.7); when the person showed who
/// it is.
fn check_claims(claims: &Map<String, Value>, wanted: &Wanted<'_>) -> Result<Option<Timestamp>, &'static str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if !bool::from(text("nonce").unwrap_or_default().as_bytes().ct_eq(wanted.nonce.as_bytes())) {
        return Err("the token was given for another sign-in");
    }
    let is_shared = claims.get("aud").and_then(Value::as_array).is_some_and(|all| all.len() > 1);
    if (is_shared || claims.contains_key("azp")) && text("azp") != Some(wanted.client) {
        return Err("the token was given to another client");
    }
    let at = claims.get("auth_time").and_then(Value::as_i64).map(Timestamp::from_seconds);
    if at.is_some_and(|at| at > wanted.now.plus_seconds(LEEWAY_SECONDS)) {
        return Err("the sign-in is of the future");
    }
    match wanted.since {
        Some(since) if at.is_none_or(|at| at.plus_seconds(LEEWAY_SECONDS) < since) => {
            Err("the provider does not say that the person signed in once more")
        }
        _ => Ok(at),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn wanted(since: Option<Timestamp>) -> Wanted<'static> {
        Wanted { issuer: "https://id.example", client: "us", nonce: "n", claim: "sub", since, now: NOW }
    }

    fn checked(claims: &Value, since: Option<Timestamp>) -> Result<Option<Timestamp>, &'static str> {
        check_claims(claims.as_object().unwrap(), &wanted(since))
    }

    #[test]
    fn it_is_for_this_sign_in_and_this_client() {
        assert_eq!(checked(&json!({ "aud": "us", "nonce": "n" }), None), Ok(None));
        assert_eq!(checked(&json!({ "aud": ["us"], "nonce": "n", "azp": "us" }), None), Ok(None));
        assert_eq!(checked(&json!({ "aud": ["us", "them"], "nonce": "n", "azp": "us" }), None), Ok(None));
        for bad in [
            json!({ "aud": "us" }),
            json!({ "aud": "us", "nonce": "" }),
            json!({ "aud": "us", "nonce": "m" }),
            json!({ "aud": "us", "nonce": ["n"] }),
            json!({ "aud": ["us", "them"], "nonce": "n" }),
            json!({ "aud": ["us", "them"], "nonce": "n", "azp": "them" }),
            json!({ "aud": "us", "nonce": "n", "azp": "them" }),
            json!({ "aud": "us", "nonce": "n", "azp": null }),
        ] {
            assert!(checked(&bad, None).is_err(), "{bad}");
        }
    }

    #[test]
    fn who_is_asked_once_more_has_signed_in_since() {
        let at = |seconds: i64| json!({ "aud": "us", "nonce": "n", "auth_time": NOW.seconds() + seconds });
        let since = Some(NOW.plus_seconds(-30));
        assert_eq!(checked(&at(-10), since), Ok(Some(NOW.plus_seconds(-10))));
        assert_eq!(checked(&at(-85), since), Ok(Some(NOW.plus_seconds(-85))), "clocks differ");
        assert!(checked(&at(-95), since).is_err());
        assert!(checked(&json!({ "aud": "us", "nonce": "n" }), since).is_err());
        assert_eq!(checked(&at(-86_400), None), Ok(Some(NOW.plus_seconds(-86_400))));
        assert!(checked(&at(90), None).is_err());
    }
}
