//! Addresses that the gateway itself fetches from.

use url::{Host, Url};

/// An https address with a name, which the guard checks when connecting. A number in the place of the name would not be
/// looked up, and so not be checked.
pub fn fetched_from(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_named = matches!(url.host(), Some(Host::Domain(_)));
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (url.scheme() == "https" && is_named && is_plain).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_over_https_is_fetched_from_and_a_number_never() {
        for good in ["https://id.example.com/keys", "https://id.example.com:8443/keys?a=b", "https://localhost/keys"] {
            assert!(fetched_from(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "id.example.com/keys",
            "http://id.example.com/keys",
            "file:///etc/passwd",
            "https://10.0.0.1/keys",
            "https://[::1]/keys",
            "https://2130706433/keys",
            "https://0x7f.1/keys",
            "https://user@id.example.com/keys",
            "https://:word@id.example.com/keys",
            "https://id.example.com/keys#a",
        ] {
            assert_eq!(fetched_from(bad), None, "{bad}");
        }
    }
}
