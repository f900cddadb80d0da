//! What is asked of which server, as a client of either protocol era asks it.

use std::net::SocketAddr;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::answer::Wanted;

const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}"#;

/// Which protocol a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// 2026-07-28: each request says everything.
    Modern,
    /// 2025-11-25: begins with `initialize`.
    Legacy,
}

/// A server, and the keys that its callers show in turn.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it is.
    pub address: SocketAddr,
    /// What is shown; empty for a server that asks for none.
    pub keys: Vec<String>,
}

impl Target {
    /// Which of the keys the call with this number shows: any of them, evenly and in no order. 0 where there are none.
    pub fn place(&self, call: u64) -> usize {
        let spread = call.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
        usize::try_from(spread).unwrap_or(0) % self.keys.len().max(1)
    }
}

/// What is asked, again and again.
#[derive(Clone, Debug)]
pub struct Question {
    /// The protocol's method.
    pub method: &'static str,
    /// The tool.
    pub tool: Option<&'static str>,
    /// Its parameters, in JSON, without what the protocol adds.
    pub params: String,
    /// In which protocol.
    pub era: Era,
    /// What must come back.
    pub wanted: Wanted,
}

impl Question {
    /// A call of `list_users` for ten users.
    pub fn list_users() -> Self {
        Self::call("list_users", r#"{"limit":10}"#, Wanted::Answer("user00009"))
    }

    /// A call of `ping_auth`.
    pub fn ping_auth() -> Self {
        // The floor passes on the number, the gateway writes the moment.
        Self::call("ping_auth", "{}", Wanted::OneOf("1357020061", "2013-01-01T06:01:01Z"))
    }

    fn call(tool: &'static str, arguments: &str, wanted: Wanted) -> Self {
        let params = format!(r#""name":"{tool}","arguments":{arguments}"#);
        Self { method: "tools/call", tool: Some(tool), params, era: Era::Modern, wanted }
    }

    /// Any other request.
    pub fn other(method: &'static str, params: &str, era: Era, wanted: Wanted) -> Self {
        Self { method, tool: None, params: params.to_owned(), era, wanted }
    }

    /// The same question, to which another answer is right.
    #[must_use]
    pub fn wanting(self, wanted: Wanted) -> Self {
        Self { wanted, ..self }
    }

    /// The headers of a request.
    pub fn headers(&self, address: SocketAddr, key: Option<&str>) -> anyhow::Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(&address.to_string())?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        if let Some(key) = key {
            headers.insert(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {key}"))?);
        }
        let version = match self.era {
            Era::Modern => "2026-07-28",
            Era::Legacy => "2025-11-25",
        };
        headers.insert(HeaderName::from_static("mcp-protocol-version"), HeaderValue::from_static(version));
        if self.era == Era::Modern {
            headers.insert(HeaderName::from_static("mcp-method"), HeaderValue::from_static(self.method));
            if let Some(tool) = self.tool {
                headers.insert(HeaderName::from_static("mcp-name"), HeaderValue::from_static(tool));
            }
        }
        Ok(headers)
    }

    /// The body of the request with this id.
    pub fn body(&self, id: u64) -> Bytes {
        let (method, params) = (self.method, &self.params);
        let id = if method.starts_with("notifications/") { String::new() } else { format!(r#""id":{id},"#) };
        let comma = if params.is_empty() { "" } else { "," };
        let params = match self.era {
            Era::Modern => format!("{params}{comma}{META}"),
            Era::Legacy => params.clone(),
        };
        format!(r#"{{"jsonrpc":"2.0",{id}"method":"{method}","params":{{{params}}}}}"#).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_json_in_both_eras() {
        let init =
            Question::other("initialize", "\"protocolVersion\":\"2025-11-25\"", Era::Legacy, Wanted::Status(200));
        for question in [Question::list_users(), Question::ping_auth(), init] {
            let body: serde_json::Value = serde_json::from_slice(&question.body(7)).unwrap();
            assert_eq!((body["id"].as_u64(), body["method"].as_str()), (Some(7), Some(question.method)));
            assert_eq!(body["params"].get("_meta").is_some(), question.era == Era::Modern);
        }
    }

    #[test]
    fn keys_are_shown_evenly() {
        let keys: Vec<String> = (0..4).map(|n| n.to_string()).collect();
        let target = Target { address: "127.0.0.1:1".parse().unwrap(), keys };
        let mut shown = [0; 4];
        for call in 0..4000 {
            shown[target.place(call)] += 1;
        }
        assert!(shown.iter().all(|times| (900..1100).contains(times)), "{shown:?}");
    }
}
