//! Names of Duo's that lead to an address of the operator's choice.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::host::{ApiHost, HostError};

/// Which of Duo's names an override is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum HostPattern {
    /// All of them: `*`.
    Any,
    /// One.
    Exactly(ApiHost),
}

/// A text that is neither `*` nor an API host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an override is for `*` or one API hostname: {0}")]
pub struct PatternError(#[from] HostError);

/// Where a name leads instead of where DNS says. TLS, SNI and `Host` still speak of the name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectOverride {
    /// The names.
    pub host: HostPattern,
    /// The address and port.
    pub addr: SocketAddr,
    /// A certificate authority in PEM, trusted besides the public ones.
    #[serde(default)]
    pub ca_pem: Option<String>,
}

impl HostPattern {
    /// `*` or an API host.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.trim() == "*" { Ok(Self::Any) } else { Ok(Self::Exactly(ApiHost::parse(text)?)) }
    }
}

impl TryFrom<String> for HostPattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<HostPattern> for String {
    fn from(pattern: HostPattern) -> Self {
        match pattern {
            HostPattern::Any => "*".to_owned(),
            HostPattern::Exactly(host) => host.into(),
        }
    }
}

/// The address for a name: an exact override goes before `*`.
pub(super) fn address_for(overrides: &[ConnectOverride], name: &str) -> Option<SocketAddr> {
    let exact = overrides.iter().find(|o| matches!(&o.host, HostPattern::Exactly(host) if host.as_str() == name));
    exact.or_else(|| overrides.iter().find(|o| o.host == HostPattern::Any)).map(|found| found.addr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_name_goes_before_the_star() {
        let to = |host: &str, addr: &str| ConnectOverride {
            host: HostPattern::parse(host).unwrap(),
            addr: addr.parse().unwrap(),
            ca_pem: None,
        };
        let overrides = [to("*", "127.0.0.1:1"), to("api-a.duosecurity.com", "127.0.0.1:2")];
        assert_eq!(address_for(&overrides, "api-a.duosecurity.com").unwrap().port(), 2);
        assert_eq!(address_for(&overrides, "api-b.duosecurity.com").unwrap().port(), 1);
        assert_eq!(address_for(&overrides[1..], "api-b.duosecurity.com"), None);
        assert!(HostPattern::parse("example.com").is_err());
    }
}
