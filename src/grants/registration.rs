//! What a client registers (RFC 7591), read for what counts here.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::document::plain_name;
use super::error::ClientError;
use crate::domain::client::{ClientMetadata, MOST_REDIRECTS, OAuthClient};
use crate::domain::redirect::{BadRedirect, RedirectUri};

/// What a nameless client is called.
const NAMELESS: &str = "Unnamed client";

/// What a registration says. Whatever else it has is passed over, as RFC 7591 wants it; a client that asks for a secret
/// is registered without one, and told so.
pub(super) fn read(registration: &Map<String, Value>) -> Result<ClientMetadata, ClientError> {
    let redirects = registration.get("redirect_uris").and_then(Value::as_array);
    let redirects = redirects.ok_or(ClientError::BadRedirects("redirect_uris is needed"))?;
    if redirects.len() > MOST_REDIRECTS {
        return Err(ClientError::BadRedirects("there are too many redirect_uris"));
    }
    let mut taken = Vec::new();
    for uri in redirects {
        match RedirectUri::parse(uri.as_str().unwrap_or_default()) {
            Ok(uri) if taken.contains(&uri) => {}
            Ok(uri) => taken.push(uri),
            // Cursor registers one private scheme among others; the rest of a client's addresses still do.
            Err(BadRedirect::UnknownScheme) => {}
            Err(BadRedirect::Hostile) => {
                return Err(ClientError::BadRedirects(
                    "redirect_uris are https, or http on this computer, without a fragment or a password",
                ));
            }
        }
    }
    if taken.is_empty() {
        return Err(ClientError::BadRedirects("none of the redirect_uris is taken"));
    }
    // The order is nothing that a client means something by.
    taken.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    let list = |name: &str| registration.get(name).and_then(Value::as_array);
    let has = |name: &str, word: &str| list(name).is_none_or(|words| words.iter().any(|each| each == word));
    if !has("response_types", "code") || !has("grant_types", "authorization_code") {
        return Err(ClientError::BadMetadata("only the authorization code grant is served"));
    }
    let name = registration.get("client_name").and_then(Value::as_str).map(clean_name).unwrap_or_default();
    let name = if name.is_empty() { NAMELESS.to_owned() } else { name };
    let refreshes = list("grant_types").is_some_and(|kinds| kinds.iter().any(|kind| kind == "refresh_token"));
    Ok(ClientMetadata { name, redirects: taken, refreshes })
}

/// A name without what would mislead; a registration is not refused for its name.
fn clean_name(name: &str) -> String {
    let cleaned: String = crate::domain::text::visible(name).chars().take(100).collect();
    plain_name(&cleaned).unwrap_or_default()
}

/// What two registrations share exactly when they say the same.
pub(super) fn digest(metadata: &ClientMetadata) -> [u8; 32] {
    let mut hash = Sha256::new();
    let redirects = metadata.redirects.iter().map(RedirectUri::as_str);
    let refreshes = if metadata.refreshes { "refreshes" } else { "" };
    for part in [metadata.name.as_str(), refreshes].into_iter().chain(redirects) {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The answer to a registration: what holds from now on, and no member that is null.
pub(super) fn answer(client: &OAuthClient) -> Value {
    let mut kinds = vec!["authorization_code"];
    if client.metadata.refreshes {
        kinds.push("refresh_token");
    }
    json!({
        "client_id": client.id,
        "client_id_issued_at": client.created_at.seconds(),
        "client_name": client.metadata.name,
        "redirect_uris": client.metadata.redirects,
        "grant_types": kinds,
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: Value) -> Result<ClientMetadata, ClientError> {
        let Value::Object(map) = value else { unreachable!() };
        read(&map)
    }

    #[test]
    fn quirk_1_cursor_registers_three_addresses_at_once() {
        let cursor = json!({
            "client_name": "Cursor",
            "redirect_uris": [
                "cursor://anysphere.cursor-mcp/oauth/callback",
                "https://www.cursor.com/agents/mcp/oauth/callback",
                "http://localhost:8787/callback",
            ],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        });
        assert_eq!(of(cursor).unwrap().redirects.len(), 3);
        let some = of(json!({ "redirect_uris": ["other://x", "https://a.example/cb"] })).unwrap();
        assert_eq!((some.name.as_str(), some.redirects.len()), (NAMELESS, 1));
    }

    #[test]
    fn threat_22_hostile_addresses_and_names() {
        for uri in ["javascript:alert(1)", "data:text/html,x", "https://a.example/cb#x", "http://a.example/cb"] {
            let both = json!({ "redirect_uris": ["https://a.example/cb", uri] });
            assert!(matches!(of(both), Err(ClientError::BadRedirects(_))), "{uri}");
        }
        assert!(of(json!({ "redirect_uris": [] })).is_err());
        assert!(of(json!({ "redirect_uris": ["other://x"] })).is_err());
        assert!(of(json!({})).is_err());
        let named = of(json!({ "redirect_uris": ["https://a.example/cb"], "client_name": "a\u{202e}b\n" })).unwrap();
        assert_eq!(named.name, "a\u{fffd}b\u{fffd}");
        let long = of(json!({ "redirect_uris": ["https://a.example/cb"], "client_name": "x".repeat(10_000) })).unwrap();
        assert_eq!(long.name.len(), 100);
    }

    #[test]
    fn the_same_said_in_another_order_is_the_same_client() {
        let one = of(json!({ "client_name": "A", "redirect_uris": ["https://a.example/1", "https://a.example/2"] }));
        let two = of(json!({ "redirect_uris": ["https://a.example/2", "https://a.example/1"], "client_name": "A" }));
        let other = of(json!({ "redirect_uris": ["https://a.example/2"], "client_name": "A" }));
        assert_eq!(digest(one.as_ref().unwrap()), digest(&two.unwrap()));
        assert_ne!(digest(&one.unwrap()), digest(&other.unwrap()));
    }
}
