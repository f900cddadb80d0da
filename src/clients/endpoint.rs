//! Where the gateway is for a client, and what stands for its key.

use serde::Serialize;

/// Where a client finds the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// What the client calls the gateway in its own settings.
    pub name: String,
    /// The address for a client that signs in.
    pub url: String,
    /// The address for a client that has a key: some drop their key where they find a sign-in.
    pub keys_url: String,
    /// The key, or what stands for it.
    pub key: String,
}

impl Endpoint {
    /// What stands for a key that is not known here.
    pub const NO_KEY: &'static str = "dgk_…";
    /// The variable from which a client takes its key, where it can.
    pub const VARIABLE: &'static str = "DUO_MCP_KEY";

    /// A gateway under these addresses, with a key that is not shown.
    pub fn new(url: &str, keys_url: &str) -> Self {
        let (name, key) = ("duo".to_owned(), Self::NO_KEY.to_owned());
        Self { name, url: url.to_owned(), keys_url: keys_url.to_owned(), key }
    }

    /// With this key shown where a client takes it.
    #[must_use]
    pub fn with_key(self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self }
    }

    /// Whether only programs on this machine reach it.
    pub fn is_loopback(&self) -> bool {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let host = match authority.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The origin: scheme, host and port.
    pub fn origin(&self) -> &str {
        let start = self.url.find("://").map_or(0, |at| at + 3);
        let end = self.url.get(start..).and_then(|rest| rest.find('/')).map_or(self.url.len(), |at| start + at);
        self.url.get(..end).unwrap_or(&self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_from_names_that_look_like_it() {
        let is_loopback = |url: &str| Endpoint::new(url, url).is_loopback();
        for url in
            ["http://127.0.0.1:8080/mcp", "http://localhost/mcp", "http://[::1]:8080/mcp", "http://127.9.0.1/mcp"]
        {
            assert!(is_loopback(url), "{url}");
        }
        for url in
            ["https://mcp.example.com/mcp", "https://localhost.example.com/mcp", "https://127.0.0.1.example.com/"]
        {
            assert!(!is_loopback(url), "{url}");
        }
        assert_eq!(Endpoint::new("http://127.0.0.1:8080/mcp?readonly=true", "").origin(), "http://127.0.0.1:8080");
    }
}
