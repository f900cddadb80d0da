//! Takes exactly one credential out of a request's headers.

use http::HeaderMap;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

/// Longer values are nobody's token.
const LONGEST: usize = 4_096;

/// A token as a client sent it, not yet checked. It cannot be printed, cloned or serialized, and is wiped when dropped.
pub struct Presented(Zeroizing<String>);

impl Presented {
    /// The token, for whoever verifies it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Why no credential could be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    /// There is none: to be answered with 401 and a challenge. Another scheme than Bearer counts as none.
    #[error("no credential was presented")]
    Missing,
    /// There are several, and it is not for us to choose: to be answered with 400.
    #[error("more than one credential was presented")]
    Ambiguous,
    /// There is one that cannot be a token: to be answered with 400.
    #[error("the credential is not a token")]
    Malformed,
}

/// The credential in `Authorization: Bearer …` or in `X-Api-Key: …`.
pub fn presented(headers: &HeaderMap) -> Result<Presented, BearerError> {
    let mut found = headers.get_all(AUTHORIZATION).iter().chain(headers.get_all("x-api-key"));
    let Some(value) = found.next() else { return Err(BearerError::Missing) };
    if found.next().is_some() {
        return Err(BearerError::Ambiguous);
    }
    let text = value.to_str().map_err(|_| BearerError::Malformed)?.trim();
    let token = if headers.contains_key(AUTHORIZATION) {
        let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(BearerError::Missing);
        }
        token.trim_start()
    } else {
        text
    };
    // The characters of RFC 6750's b64token; a comma or a space would be a second value folded into the first.
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.is_empty() || token.len() > LONGEST || !token.bytes().all(is_token) {
        return Err(BearerError::Malformed);
    }
    Ok(Presented(Zeroizing::new(token.to_owned())))
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn from(pairs: &[(&'static str, &str)]) -> Result<String, BearerError> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        presented(&headers).map(|token| token.expose().to_owned())
    }

    #[test]
    fn one_credential_of_either_kind_is_taken() {
        assert_eq!(from(&[("authorization", "Bearer dgk_abc")]).unwrap(), "dgk_abc");
        assert_eq!(from(&[("authorization", "bearer   dgk_abc ")]).unwrap(), "dgk_abc");
        assert_eq!(from(&[("x-api-key", "dgk_abc")]).unwrap(), "dgk_abc");
    }

    #[test]
    fn several_credentials_are_refused() {
        for pairs in [
            [("authorization", "Bearer a"), ("authorization", "Bearer a")],
            [("authorization", "Bearer a"), ("x-api-key", "a")],
            [("authorization", "Basic YTpi"), ("x-api-key", "a")],
            [("x-api-key", "a"), ("x-api-key", "b")],
        ] {
            assert_eq!(from(&pairs), Err(BearerError::Ambiguous), "{pairs:?}");
        }
    }

    #[test]
    fn what_is_no_token_is_told_from_none_at_all() {
        assert_eq!(from(&[]), Err(BearerError::Missing));
        assert_eq!(from(&[("authorization", "Basic YTpi")]), Err(BearerError::Missing));
        for value in ["Bearer", "Bearer ", "Bearer a b", "Bearer a,Bearer b", "Bearer \"a\""] {
            assert_eq!(from(&[("authorization", value)]), Err(BearerError::Malformed), "{value}");
        }
        assert_eq!(from(&[("x-api-key", "")]), Err(BearerError::Malformed));
        assert_eq!(from(&[("x-api-key", &"a".repeat(LONGEST + 1))]), Err(BearerError::Malformed));
    }
}
