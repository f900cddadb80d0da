//! The host names under which Duo's APIs are reached.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// An API host of Duo: lower-case, `api-` and up to sixteen letters and digits, below one of Duo's two domains.
///
/// Whoever holds one may send to it: nothing else can be made into one, whether an operator typed it or Duo returned it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ApiHost(Arc<str>);

/// Why a text is not an [`ApiHost`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// Nothing was given.
    #[error("the API hostname is empty")]
    Empty,
    /// A whole URL was pasted.
    #[error("this is a URL: paste only the API hostname, such as api-xxxxxxxx.duosecurity.com")]
    Url,
    /// A port was given.
    #[error("the API hostname must not have a port")]
    Port,
    /// Another name or an address.
    #[error("not an API hostname of Duo: it looks like api-xxxxxxxx.duosecurity.com or api-xxxxxxxx.duofederal.com")]
    NotDuo,
}

impl ApiHost {
    /// Trims surrounding white space, lower-cases, and checks.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(HostError::Empty);
        }
        if text.contains(['/', '?', '#']) {
            return Err(HostError::Url);
        }
        if let Some((name, port)) = text.rsplit_once(':')
            && !port.is_empty()
            && port.bytes().all(|byte| byte.is_ascii_digit())
            && is_api_host(&name.to_ascii_lowercase())
        {
            return Err(HostError::Port);
        }
        let lower = text.to_ascii_lowercase();
        if is_api_host(&lower) { Ok(Self(lower.into())) } else { Err(HostError::NotDuo) }
    }

    /// The name, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `^api-[0-9a-z]{1,16}\.(duosecurity|duofederal)\.com$`
fn is_api_host(text: &str) -> bool {
    let Some(label) = text.strip_suffix(".duosecurity.com").or_else(|| text.strip_suffix(".duofederal.com")) else {
        return false;
    };
    let Some(own) = label.strip_prefix("api-") else { return false };
    (1..=16).contains(&own.len()) && own.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
}

impl fmt::Display for ApiHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ApiHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiHost({})", self.0)
    }
}

impl TryFrom<String> for ApiHost {
    type Error = HostError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<ApiHost> for String {
    fn from(host: ApiHost) -> Self {
        host.0.as_ref().to_owned()
    }
}

impl std::str::FromStr for ApiHost {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_both_domains_in_any_case_and_trims() {
        for text in [" API-5E1F0001.DuoSecurity.com\n", "api-5e1f0001.duosecurity.com"] {
            assert_eq!(ApiHost::parse(text).unwrap().as_str(), "api-5e1f0001.duosecurity.com");
        }
        assert_eq!(ApiHost::parse("api-1.duofederal.com").unwrap().to_string(), "api-1.duofederal.com");
    }

    #[test]
    fn says_to_paste_only_the_name() {
        for text in ["https://api-5e1f0001.duosecurity.com/", "api-5e1f0001.duosecurity.com/admin/v1"] {
            assert_eq!(ApiHost::parse(text), Err(HostError::Url), "{text}");
        }
        assert_eq!(ApiHost::parse("api-5e1f0001.duosecurity.com:443"), Err(HostError::Port));
        assert_eq!(ApiHost::parse("  "), Err(HostError::Empty));
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "api-5e1f0001.duosecurity.com.",
            "api-5e1f0001.duosecurity.com.evil.example",
            "api-5e1f0001.evil.com",
            "xapi-5e1f0001.duosecurity.com",
            "admin-5e1f0001.duosecurity.com",
            "api-.duosecurity.com",
            "api-aaaaaaaaaaaaaaaaa.duosecurity.com",
            "api-5e.1f.duosecurity.com",
            "user@api-5e1f0001.duosecurity.com",
            "api-5e1f0001.duosecurity.com:",
            "api-5e\u{661}f.duosecurity.com",
            "api-xn--e1f.duosecurity.com",
            "api-\u{212a}1.duosecurity.com",
            "127.0.0.1",
            "[::1]",
            "localhost",
        ] {
            assert_eq!(ApiHost::parse(text), Err(HostError::NotDuo), "{text}");
        }
    }

    #[test]
    fn serde_checks_as_well() {
        assert!(serde_json::from_str::<ApiHost>("\"evil.example\"").is_err());
        let host: ApiHost = serde_json::from_str("\"API-1.duosecurity.com\"").unwrap();
        assert_eq!(serde_json::to_string(&host).unwrap(), "\"api-1.duosecurity.com\"");
    }
}
