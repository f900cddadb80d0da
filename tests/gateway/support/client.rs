//! An MCP client by hand, of either era, that hides nothing of the answers.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// The newest version, whose requests carry everything they need.
pub(crate) const MODERN: &str = "2026-07-28";
/// The version of clients that begin with `initialize`.
pub(crate) const LEGACY: &str = "2025-11-25";
const META: &str = "io.modelcontextprotocol";

/// Which protocol a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// 2025-11-25.
    Legacy,
    /// 2026-07-28, by a client that can show forms or cannot.
    Modern { forms: bool },
}

/// A client with its key.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) key: String,
    pub(crate) era: Era,
}

/// An HTTP answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// The result of a tool call.
#[derive(Clone, Debug)]
pub(crate) struct Answer(pub(crate) Value);

/// A form that the server wants shown.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) message: String,
    pub(crate) state: String,
}

/// An HTTP client that trusts nobody, for listeners that speak plain HTTP.
pub(crate) fn http() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    #[expect(clippy::disallowed_methods, reason = "a client of the gateway, not of Duo's")]
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).redirect(reqwest::redirect::Policy::none());
    // Sooner than a gateway closes connections that nobody uses, or a request may cross that on its way.
    let client = client.pool_idle_timeout(Duration::from_secs(5));
    client.no_proxy().timeout(Duration::from_mins(1)).build().unwrap()
}

impl Client {
    /// The same client with another key.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    /// The same client in another era.
    pub(crate) fn in_era(&self, era: Era) -> Self {
        Self { era, ..self.clone() }
    }

    /// The same client at an address with this query.
    pub(crate) fn with_query(&self, query: &str) -> Self {
        Self { url: format!("{}?{query}", self.url), ..self.clone() }
    }

    /// A JSON-RPC request as this era writes it.
    pub(crate) fn message(&self, method: &str, mut params: Value) -> Value {
        if let Era::Modern { forms } = self.era {
            let capabilities = if forms { json!({ "elicitation": { "form": {} } }) } else { json!({}) };
            params["_meta"] = json!({
                format!("{META}/protocolVersion"): MODERN,
                format!("{META}/clientInfo"): { "name": "by-hand", "version": "1" },
                format!("{META}/clientCapabilities"): capabilities,
            });
        }
        json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
    }

    /// The request with this era's headers, not sent yet.
    pub(crate) fn prepare(&self, message: &Value) -> RequestBuilder {
        let request = self.bare(Method::POST).bearer_auth(&self.key);
        let request = request.header("Accept", "application/json, text/event-stream");
        let method = message["method"].as_str().unwrap_or_default();
        let request = match self.era {
            Era::Legacy if method == "initialize" => request,
            Era::Legacy => request.header("MCP-Protocol-Version", LEGACY),
            Era::Modern { .. } => {
                let request = request.header("MCP-Protocol-Version", MODERN).header("Mcp-Method", method);
                match message["params"]["name"].as_str() {
                    Some(name) if method == "tools/call" => request.header("Mcp-Name", name),
                    _ => request,
                }
            }
        };
        request.json(message)
    }

    /// A request to the endpoint with nothing in it.
    pub(crate) fn bare(&self, method: Method) -> RequestBuilder {
        self.http.request(method, &self.url)
    }

    /// Sends a request and reads the answer.
    pub(crate) async fn rpc(&self, method: &str, params: Value) -> Reply {
        Reply::of(self.prepare(&self.message(method, params))).await
    }

    /// Calls a tool; whatever is not a result fails the test.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Answer {
        self.tool(json!({ "name": tool, "arguments": arguments })).await
    }

    /// Calls a tool again with what the person typed into its form.
    pub(crate) async fn answer_form(&self, tool: &str, arguments: Value, state: &str, typed: &str) -> Answer {
        self.tool(filled_in(tool, &arguments, state, typed)).await
    }

    /// The same with a state that was not given out for this call: the protocol's error, and no answer for a model.
    pub(crate) async fn foreign_form(&self, tool: &str, arguments: Value, state: &str, typed: &str) {
        let body = self.rpc("tools/call", filled_in(tool, &arguments, state, typed)).await.json();
        assert_eq!(body["error"]["code"], -32602, "{body:#}");
        assert!(body["error"]["message"].as_str().unwrap().contains("requestState"), "{body:#}");
    }

    /// A tool call with exactly these parameters.
    pub(crate) async fn tool(&self, params: Value) -> Answer {
        let reply = self.rpc("tools/call", params).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let body = reply.json();
        assert!(body["result"].is_object(), "{body:#}");
        Answer(body["result"].clone())
    }

    /// Asks until the operation is over.
    pub(crate) async fn ended(&self, operation: &str) -> Value {
        let until = tokio::time::Instant::now() + Duration::from_secs(20);
        loop {
            let answer = self.call("get_operation", json!({ "operation_id": operation })).await;
            let state = answer.structured()["state"].as_str().unwrap().to_owned();
            if !["asking", "waiting", "approved", "running"].contains(&state.as_str()) {
                return answer.structured().clone();
            }
            assert!(tokio::time::Instant::now() < until, "{operation} is still {state}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks until the authentication is over; how it ended.
    pub(crate) async fn outcome_of(&self, txid: &str) -> String {
        loop {
            let answer = self.call("auth_status", json!({ "txid": txid })).await;
            let result = answer.structured()["result"].as_str().unwrap().to_owned();
            if result != "waiting" {
                return result;
            }
        }
    }
}

/// The parameters of a call that comes back with a form.
fn filled_in(tool: &str, arguments: &Value, state: &str, typed: &str) -> Value {
    let answer = json!({ "confirmation": { "action": "accept", "content": { "confirm": typed } } });
    json!({ "name": tool, "arguments": arguments, "requestState": state, "inputResponses": answer })
}

impl Reply {
    /// Sends this request and reads the answer to its end.
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Self { status, headers, text: answer.text().await.unwrap() }
    }

    /// The body, which is JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}: {}", self.status, self.text))
    }

    /// A header, empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Answer {
    /// The structured answer of a call that succeeded.
    pub(crate) fn structured(&self) -> &Value {
        assert_ne!(self.0["isError"], true, "{:#}", self.0);
        assert!(self.0["structuredContent"].is_object(), "{:#}", self.0);
        &self.0["structuredContent"]
    }

    /// The advice of a call that failed.
    pub(crate) fn failure(&self) -> Value {
        assert_eq!(self.0["isError"], true, "{:#}", self.0);
        assert!(self.0.get("structuredContent").is_none(), "{:#}", self.0);
        serde_json::from_str(self.0["content"][0]["text"].as_str().unwrap()).unwrap()
    }

    /// The code of a call that failed.
    pub(crate) fn code(&self) -> String {
        self.failure()["code"].as_str().unwrap().to_owned()
    }

    /// The form that the server wants shown.
    pub(crate) fn form(&self) -> Form {
        assert_eq!(self.0["resultType"], "input_required", "{:#}", self.0);
        let asked = &self.0["inputRequests"]["confirmation"];
        assert_eq!(asked["method"], "elicitation/create", "{:#}", self.0);
        Form {
            message: asked["params"]["message"].as_str().unwrap().to_owned(),
            state: self.0["requestState"].as_str().unwrap().to_owned(),
        }
    }

    /// The operation that a waiting change answered.
    pub(crate) fn pending(&self) -> String {
        let failure = self.failure();
        assert_eq!(failure["code"], "approval_pending", "{failure:#}");
        failure["operation_id"].as_str().unwrap().to_owned()
    }

    /// How the change ended, which is `done` unless the test says so.
    pub(crate) fn done(&self) -> &Value {
        let structured = self.structured();
        assert_eq!(structured["state"], "done", "{structured:#}");
        structured
    }
}
