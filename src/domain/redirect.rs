//! Where an OAuth client may have a browser sent back to.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Private schemes that are taken, each as one whole address: a scheme belongs to nobody, so none is taken in general.
const PRIVATE: [&str; 1] = ["cursor://anysphere.cursor-mcp/oauth/callback"];
/// The longest address.
const LONGEST: usize = 2_000;

/// An address that a browser may be sent back to, exactly as the client wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

/// Why an address is none to send a browser to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRedirect {
    /// It would run a script, show what a stranger wrote, or carries a fragment or a password: its client means ill.
    #[error("a redirect address is https, or http on this computer, and has neither a fragment nor a password")]
    Hostile,
    /// A scheme that is not on the list: it is left out, and the client's other addresses may do.
    #[error("this private scheme is not known")]
    UnknownScheme,
}

impl RedirectUri {
    /// The address that this text is.
    pub fn parse(text: &str) -> Result<Self, BadRedirect> {
        if PRIVATE.contains(&text) {
            return Ok(Self(text.to_owned()));
        }
        let plain = text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic());
        let url = Url::parse(text).ok().filter(|_| plain).ok_or(BadRedirect::Hostile)?;
        if text.contains('#') || !url.username().is_empty() || url.password().is_some() {
            return Err(BadRedirect::Hostile);
        }
        match url.scheme() {
            "https" if url.has_host() => Ok(Self(text.to_owned())),
            "http" if is_loopback(&url) => Ok(Self(text.to_owned())),
            "http" | "https" | "javascript" | "data" | "file" | "blob" | "vbscript" | "about" | "ftp" | "ws"
            | "wss" => Err(BadRedirect::Hostile),
            _ => Err(BadRedirect::UnknownScheme),
        }
    }

    /// The address as the client wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request may use `asked` where this is registered: the same text, and for a program on this computer
    /// (RFC 8252, 7.3) the same but for the port, which it cannot choose beforehand.
    pub fn admits(&self, asked: &Self) -> bool {
        if self == asked {
            return true;
        }
        match (self.without_port(), asked.without_port()) {
            (Some(own), Some(asked)) => own == asked,
            _ => false,
        }
    }

    /// Whether a program on the person's own computer receives it.
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url))
    }

    /// Scheme, host and port; for a private scheme the scheme and what follows its slashes.
    pub fn origin(&self) -> String {
        match Url::parse(&self.0) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => url.origin().ascii_serialization(),
            Ok(url) => format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default()),
            Err(_) => String::new(),
        }
    }

    /// The host, as a person is shown it.
    pub fn host(&self) -> String {
        let url = Url::parse(&self.0).ok();
        url.as_ref().and_then(Url::host_str).unwrap_or_default().to_owned()
    }

    /// What a policy for forms has to name, so that the answer of a form may lead there.
    pub fn form_target(&self) -> String {
        match Url::parse(&self.0) {
            // Such a policy has no way to write an IPv6 address.
            Ok(url) if matches!(url.host(), Some(Host::Ipv6(_))) => format!("{}:", url.scheme()),
            Ok(url) if matches!(url.scheme(), "http" | "https") => url.origin().ascii_serialization(),
            Ok(url) => format!("{}:", url.scheme()),
            Err(_) => "'none'".to_owned(),
        }
    }

    /// The address with these parameters added to its query.
    pub fn with(&self, parameters: &[(&str, &str)]) -> String {
        let mut tail = url::form_urlencoded::Serializer::new(String::new());
        tail.extend_pairs(parameters);
        let sign = if self.0.contains('?') { '&' } else { '?' };
        format!("{}{sign}{}", self.0, tail.finish())
    }

    /// The parts that must agree when the port need not; `None` for what is not on this computer.
    fn without_port(&self) -> Option<(String, String, Option<String>)> {
        let url = Url::parse(&self.0).ok().filter(|url| url.scheme() == "http" && is_loopback(url))?;
        Some((url.host_str()?.to_owned(), url.path().to_owned(), url.query().map(str::to_owned)))
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RedirectUri {
    type Error = BadRedirect;
    fn try_from(text: String) -> Result<Self, BadRedirect> {
        Self::parse(&text)
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap()
    }

    #[test]
    fn only_the_port_of_a_program_on_this_computer_is_free() {
        let own = uri("http://localhost/callback");
        assert!(own.admits(&uri("http://localhost:53412/callback")));
        assert!(!own.admits(&uri("http://127.0.0.1:53412/callback")), "another name");
        assert!(!own.admits(&uri("http://localhost:53412/callback/x")));
        assert!(!own.admits(&uri("http://localhost:53412/callback?x=1")));
        let claude = uri("https://claude.ai/api/mcp/auth_callback");
        assert!(claude.admits(&claude));
        for other in [
            "https://claude.ai:8443/api/mcp/auth_callback",
            "https://claude.ai.evil.example/api/mcp/auth_callback",
            "https://claude.ai/api/mcp/auth_callback/",
            "https://claude.ai/api/mcp/auth_callback?x",
        ] {
            assert!(!claude.admits(&uri(other)), "{other}");
        }
    }

    #[test]
    fn hostile_addresses_and_unknown_schemes_are_told_apart() {
        for hostile in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "http://example.com/cb",
            "http://localhost.evil.example/cb",
            "https://user@example.com/cb",
            "https://example.com/cb#x",
            "https://example.com/cb#",
            "https://exa mple.com/cb",
            "/cb",
            "",
        ] {
            assert_eq!(RedirectUri::parse(hostile), Err(BadRedirect::Hostile), "{hostile}");
        }
        assert_eq!(RedirectUri::parse("evil://x/cb"), Err(BadRedirect::UnknownScheme));
        assert_eq!(RedirectUri::parse("cursor://other/oauth/callback"), Err(BadRedirect::UnknownScheme));
        assert_eq!(uri("cursor://anysphere.cursor-mcp/oauth/callback").form_target(), "cursor:");
    }

    #[test]
    fn parameters_join_what_is_there() {
        assert_eq!(
            uri("https://a.example/cb").with(&[("code", "a b"), ("state", "&=")]),
            "https://a.example/cb?code=a+b&state=%26%3D"
        );
        assert_eq!(uri("https://a.example/cb?x=1").with(&[("error", "e")]), "https://a.example/cb?x=1&error=e");
        assert_eq!(uri("http://127.0.0.1:9/cb").origin(), "http://127.0.0.1:9");
        assert_eq!(uri("http://[::1]:9/cb").form_target(), "http:");
        assert!(uri("http://[::1]:9/cb").is_loopback() && !uri("https://localhost/cb").is_loopback());
    }
}
