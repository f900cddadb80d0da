//! Links that set a client up with one click. None carries a key.
//!
//! Links are kept in histories, so a key has no place in one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// What `encodeURIComponent` escapes, so that the other side's decoder gets back what was written.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Cursor's: the settings of one server, as JSON in base64.
pub(super) fn cursor(name: &str, server: &Value) -> String {
    let config = STANDARD.encode(server.to_string());
    let component = |text: &str| utf8_percent_encode(text, COMPONENT).to_string();
    format!("cursor://anysphere.cursor-deeplink/mcp/install?name={}&config={}", component(name), component(&config))
}

/// VS Code's: the settings of one server, with its name, as JSON in percent signs.
pub(super) fn vs_code(server: &Value) -> String {
    format!("vscode:mcp/install?{}", utf8_percent_encode(&server.to_string(), COMPONENT))
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use serde_json::json;

    use super::*;

    /// As a query is read: percent signs and plus signs mean something.
    fn component(text: &str) -> String {
        assert!(!text.contains('+') && !text.contains(' '), "{text}");
        percent_decode_str(text).decode_utf8().unwrap().into_owned()
    }

    #[test]
    fn what_cursor_decodes_is_the_servers_settings() {
        // Three lengths, so that base64 ends with none, one and two signs of padding.
        for url in ["https://a.example/mcp", "https://ab.example/mcp", "https://abc.example/mcp?toolsets=users,auth"] {
            let server = json!({"url": url, "headers": {"Authorization": "Bearer ${env:DUO_MCP_KEY}"}});
            let link = cursor("duo & co", &server);
            let query = link.strip_prefix("cursor://anysphere.cursor-deeplink/mcp/install?").unwrap();
            let (name, config) = query.split_once('&').unwrap();
            assert_eq!(component(name.strip_prefix("name=").unwrap()), "duo & co");
            let config = component(config.strip_prefix("config=").unwrap());
            let decoded: Value = serde_json::from_slice(&STANDARD.decode(config).unwrap()).unwrap();
            assert_eq!(decoded, server);
        }
    }

    #[test]
    fn what_vs_code_decodes_is_the_servers_settings() {
        let server =
            json!({"name": "duo", "type": "http", "url": "https://a.example/mcp?readonly=true&toolsets=users"});
        let link = vs_code(&server);
        let decoded = component(link.strip_prefix("vscode:mcp/install?").unwrap());
        assert_eq!(serde_json::from_str::<Value>(&decoded).unwrap(), server);
    }
}
