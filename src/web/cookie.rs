//! Reads and sets the cookies of our own pages.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// How one cookie is written: `HttpOnly`, `SameSite`, for the whole host.
///
/// Over https it is `Secure` and has the prefix `__Host-`, so that no subdomain and no plain connection can plant it.
#[derive(Debug, Clone)]
pub struct CookieRule {
    name: String,
    is_https: bool,
    same_site: &'static str,
}

impl CookieRule {
    /// A cookie of this name; `is_https` says whether browsers reach us over TLS.
    pub fn new(name: &str, is_https: bool) -> Self {
        let name = if is_https { format!("__Host-{name}") } else { name.to_owned() };
        Self { name, is_https, same_site: "Strict" }
    }

    /// The same for a browser that comes from another site by a link or a redirect: `SameSite=Lax`. What changes
    /// something asks for a form's token besides.
    pub fn lax(name: &str, is_https: bool) -> Self {
        Self { same_site: "Lax", ..Self::new(name, is_https) }
    }

    /// The cookie's value in a request. One that is sent twice counts as absent: somebody planted the other.
    pub fn read<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let mut found = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|header| header.to_str().ok())
            .flat_map(|header| header.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == self.name)
            .map(|(_, value)| value);
        let value = found.next()?;
        found.next().is_none().then_some(value)
    }

    /// The `Set-Cookie` that keeps a value for some seconds; `None` if the value has characters that a cookie may not.
    pub fn set(&self, value: &str, seconds: u64) -> Option<HeaderValue> {
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
        value.bytes().all(is_plain).then(|| self.write(value, seconds)).flatten()
    }

    /// The `Set-Cookie` that takes the cookie away.
    pub fn clear(&self) -> Option<HeaderValue> {
        self.write("", 0)
    }

    fn write(&self, value: &str, seconds: u64) -> Option<HeaderValue> {
        let secure = if self.is_https { "; Secure" } else { "" };
        let (name, site) = (&self.name, self.same_site);
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite={site}{secure}");
        let mut header = HeaderValue::try_from(text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(cookies: &[&str]) -> HeaderMap {
        cookies.iter().map(|cookie| (COOKIE, HeaderValue::from_str(cookie).unwrap())).collect()
    }

    #[test]
    fn over_https_a_cookie_is_bound_to_the_host() {
        let rule = CookieRule::new("session", true);
        assert_eq!(
            rule.set("abc", 600).unwrap(),
            "__Host-session=abc; Path=/; Max-Age=600; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(rule.read(&sent(&["a=1; __Host-session=abc; b=2"])), Some("abc"));
        assert_eq!(rule.read(&sent(&["session=abc"])), None);
    }

    #[test]
    fn over_http_it_is_not_secure_and_cleared_by_its_age() {
        let rule = CookieRule::new("session", false);
        assert_eq!(rule.clear().unwrap(), "session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
        assert_eq!(rule.read(&sent(&["session=a=b=="])), Some("a=b=="));
    }

    #[test]
    fn a_cookie_sent_twice_counts_as_absent() {
        let rule = CookieRule::new("session", false);
        assert_eq!(rule.read(&sent(&["session=a; session=b"])), None);
        assert_eq!(rule.read(&sent(&["session=a", "session=a"])), None);
        assert_eq!(rule.read(&sent(&[])), None);
    }

    #[test]
    fn a_value_cannot_add_attributes() {
        let rule = CookieRule::new("session", false);
        for value in ["a; Domain=example.com", "a\r\nb", "a b", "a,b", "ä"] {
            assert!(rule.set(value, 1).is_none(), "{value:?}");
        }
    }
}
