//! A client's own document: which addresses it may have, and what it must say.

use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use super::error::ClientError;
use crate::domain::client::{ClientMetadata, LONGEST_NAME, MOST_REDIRECTS};
use crate::domain::redirect::RedirectUri;
use crate::domain::text::is_misleading;

/// The longest address of a document.
const LONGEST: usize = 512;

/// The documents of well-known clients. Whoever asks under another is shown as a stranger.
const KNOWN: [&str; 4] = [
    "https://claude.ai/oauth/mcp-oauth-client-metadata",
    "https://claude.ai/oauth/claude-code-client-metadata",
    "https://vscode.dev/oauth/client-metadata.json",
    "https://insiders.vscode.dev/oauth/client-metadata.json",
];

/// Whether this id could only be the address of a document.
pub(super) fn is_address(id: &str) -> bool {
    id.contains("://")
}

/// Whether it is the document of a client that is well known.
pub fn is_known(id: &str) -> bool {
    KNOWN.contains(&id)
}

/// The address of a document that may be fetched: by name, over https, on the usual port, not from here.
pub(super) fn address(id: &str, own_hosts: &[String]) -> Result<Url, ClientError> {
    let bad = |why| Err(ClientError::BadAddress(why));
    if id.len() > LONGEST {
        return bad("it is too long");
    }
    let Ok(url) = Url::parse(id) else { return bad("it is no URL") };
    if url.scheme() != "https" {
        return bad("it must be https");
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return bad("it must have neither a user nor a fragment");
    }
    if url.port().is_some() {
        return bad("it must be on the usual port");
    }
    if url.path() == "/" {
        return bad("it must have a path");
    }
    // Parsing resolves `..`, unusual ways to write an address, and letters of other alphabets: what it would change is
    // refused, so that what is compared and shown is what is fetched.
    if url.as_str() != id {
        return bad("it must be written in its plain form");
    }
    match url.host() {
        // The root's dot changes the name's writing and not the host.
        Some(Host::Domain(name)) if name.ends_with('.') => bad("it must be written in its plain form"),
        Some(Host::Domain(name)) if own_hosts.iter().any(|own| name.eq_ignore_ascii_case(own)) => {
            bad("it must not be this gateway's")
        }
        Some(Host::Domain(_)) => Ok(url),
        _ => bad("it must have a name for a host"),
    }
}

#[derive(Deserialize)]
struct Document {
    client_id: String,
    #[serde(default)]
    client_name: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    grant_types: Option<Vec<Value>>,
    #[serde(default)]
    token_endpoint_auth_method: Option<Value>,
    #[serde(default)]
    client_secret: Option<Value>,
}

/// What the document under this id says. Kinds of grant that are not known here are passed over.
pub(super) fn read(id: &str, body: &[u8]) -> Result<ClientMetadata, &'static str> {
    let bad = Err;
    let Ok(document) = serde_json::from_slice::<Document>(body) else {
        return bad("it is not the JSON that it should be");
    };
    if document.client_id != id {
        return bad("its client_id is not its address");
    }
    if document.client_secret.is_some() {
        return bad("it has a client_secret, which is then none");
    }
    if document.token_endpoint_auth_method.is_some_and(|method| {
        let method = method.as_str().unwrap_or_default();
        method.starts_with("client_secret") || method == "tls_client_auth"
    }) {
        return bad("it asks to authenticate by a secret, which a public document cannot have");
    }
    let Some(name) = document.client_name.as_deref().and_then(plain_name) else {
        return bad("its client_name is missing, too long or misleading");
    };
    if document.redirect_uris.len() > MOST_REDIRECTS {
        return bad("it has too many redirect_uris");
    }
    let redirects: Vec<RedirectUri> =
        document.redirect_uris.iter().filter_map(|uri| RedirectUri::parse(uri).ok()).collect();
    if redirects.is_empty() {
        return bad("it has no redirect_uris that will do");
    }
    let grant_types = document.grant_types.unwrap_or_default();
    let refreshes = grant_types.iter().any(|kind| kind.as_str() == Some("refresh_token"));
    Ok(ClientMetadata { name, redirects, refreshes })
}

/// A name that people can be shown; `None` if there is none in it.
pub(super) fn plain_name(name: &str) -> Option<String> {
    let name = name.trim();
    let is_plain = !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(is_misleading);
    is_plain.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "https://client.example.com/oauth/client.json";

    fn said(change: impl FnOnce(&mut Value)) -> Result<ClientMetadata, &'static str> {
        let mut document = json!({
            "client_id": ID,
            "client_name": "A client",
            "redirect_uris": ["http://localhost/callback", "odd://x"],
            "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
            "token_endpoint_auth_method": "none",
            "logo_uri": "https://client.example.com/logo.png",
        });
        change(&mut document);
        read(ID, document.to_string().as_bytes())
    }

    #[test]
    fn a_document_is_fetched_by_name_over_https_and_from_elsewhere() {
        let own = ["mcp.example.com".to_owned(), "keys.example.com".to_owned()];
        assert!(address(ID, &own).is_ok());
        for bad in [
            "http://client.example.com/c.json",
            "https://client.example.com/",
            "https://client.example.com",
            "https://client.example.com:8443/c.json",
            "https://user@client.example.com/c.json",
            "https://client.example.com/c.json#x",
            "https://client.example.com/a/../c.json",
            "https://client.example.com/./c.json",
            "https://CLIENT.example.com/c.json",
            "https://127.0.0.1/c.json",
            "https://2130706433/c.json",
            "https://[::1]/c.json",
            "https://[::ffff:127.0.0.1]/c.json",
            "https://mcp.example.com/c.json",
            "https://mcp.example.com./c.json",
            "https://keys.example.com/c.json",
            "file:///etc/passwd",
            "https://",
        ] {
            assert!(matches!(address(bad, &own), Err(ClientError::BadAddress(_))), "{bad}");
        }
    }

    #[test]
    fn unknown_kinds_are_passed_over_and_what_matters_is_checked() {
        let read = said(|_| {}).unwrap();
        assert_eq!((read.name.as_str(), read.redirects.len(), read.refreshes), ("A client", 1, true));
        assert!(said(|document| document["client_id"] = json!("https://other.example.com/c.json")).is_err());
        assert!(said(|document| document["client_secret"] = json!("s")).is_err());
        assert!(said(|document| document["token_endpoint_auth_method"] = json!("client_secret_post")).is_err());
        assert!(said(|document| document["client_name"] = json!("a\u{202e}b")).is_err());
        assert!(said(|document| document["client_name"] = json!("x".repeat(101))).is_err());
        assert!(said(|document| document["redirect_uris"] = json!(["javascript:alert(1)"])).is_err());
        assert!(super::read(ID, b"[]").is_err());
    }
}
