//! Where connections really go when a name is not to be looked up.

use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cidr::Cidr;

/// A list of one, for the example below.
fn one(text: &str) -> [&str; 1] {
    [text]
}

/// Outgoing connections.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NetSettings {
    /// Names that are connected to a given address instead of being looked up, each a table with `host`, `address` and
    /// perhaps `ca_file`. For simulators and test servers; each entry is printed as a warning at start. A name that is
    /// none of Duo's is for fetching the documents of OAuth clients.
    #[schemars(example = example_override())]
    pub connect_override: Vec<ConnectOverride>,
    /// The addresses or networks from which this gateway calls Duo, as Duo sees them. They are shown to people whose Duo
    /// application admits only some networks; nothing is checked against them.
    #[schemars(with = "Vec<String>", example = one("203.0.113.7"),
        extend("x-expect" = "a list of IP addresses or networks, such as [\"203.0.113.7\"]"))]
    pub egress_addresses: Vec<Cidr>,
}

impl NetSettings {
    /// The entry for a host name: its own, else the one for every name.
    pub fn override_for(&self, host: &str) -> Option<&ConnectOverride> {
        let exact = self.connect_override.iter().find(|entry| entry.host.eq_ignore_ascii_case(host));
        exact.or_else(|| self.connect_override.iter().find(|entry| entry.host == "*"))
    }
}

/// One name and the address that stands in for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectOverride {
    /// The host name, or `*` for every name of Duo's.
    pub host: String,
    /// The address and port that are connected to.
    pub address: SocketAddr,
    /// PEM file of the only certificate authority trusted on this connection. Left out, the usual ones are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

fn example_override() -> Vec<ConnectOverride> {
    vec![ConnectOverride {
        host: "*".into(),
        address: SocketAddr::from(([127, 0, 0, 1], 8444)),
        ca_file: Some("simulator-ca.pem".into()),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_name_comes_before_the_star() {
        let entry = |host: &str, port| ConnectOverride {
            host: host.into(),
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            ca_file: None,
        };
        let net = NetSettings {
            connect_override: vec![entry("*", 1), entry("api-12345678.duosecurity.com", 2)],
            ..NetSettings::default()
        };
        assert_eq!(net.override_for("API-12345678.duosecurity.com").unwrap().address.port(), 2);
        assert_eq!(net.override_for("api-87654321.duosecurity.com").unwrap().address.port(), 1);
        assert_eq!(NetSettings::default().override_for("api-12345678.duosecurity.com"), None);
    }
}
