//! Requests to a gateway that may die while it answers.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// No test waits longer for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// Nobody listens: nothing was sent.
    Refused,
    /// The gateway could not poll its database in time, as on a machine that has too much to do.
    Starved,
    /// The connection broke, or brought no whole answer.
    Broken,
}

/// A request over a connection of its own; status and JSON.
pub(crate) async fn request(
    to: SocketAddr,
    line: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Result<(u16, Value), Failed> {
    let mut stream = match TcpStream::connect(to).await {
        Ok(stream) => stream,
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => return Err(Failed::Refused),
        Err(_) => return Err(Failed::Broken),
    };
    let body = body.map(Value::to_string).unwrap_or_default();
    // HTTP/1.0, so that the answer ends with the connection.
    let mut text = format!("{line} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n");
    for (name, value) in headers {
        write!(text, "{name}: {value}\r\n").unwrap();
    }
    write!(text, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = Vec::new();
    let exchange = async {
        stream.write_all(text.as_bytes()).await?;
        stream.read_to_end(&mut answer).await
    };
    match timeout(PATIENCE, exchange).await {
        Ok(Ok(_)) => {}
        _ => return Err(Failed::Broken),
    }
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(Failed::Broken)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(Failed::Broken)?;
    Ok((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}

/// How a client calls tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// It cannot be asked: what needs a yes waits.
    Plain,
    /// It shows forms.
    WithForms,
}

/// Calls a tool; the `result` of the answer.
pub(crate) async fn call(
    to: SocketAddr,
    key: &str,
    client: Client,
    tool: &str,
    arguments: &Value,
    form: Option<(&str, &str)>,
) -> Result<Value, Failed> {
    let bearer = format!("Bearer {key}");
    let mut headers = vec![("Authorization", bearer.as_str()), ("Accept", "application/json, text/event-stream")];
    let mut params = json!({ "name": tool, "arguments": arguments });
    match client {
        Client::Plain => headers.push(("MCP-Protocol-Version", "2025-06-18")),
        Client::WithForms => {
            headers.extend([("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", tool)]);
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientInfo": { "name": "faults", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": { "elicitation": { "form": {} } },
            });
        }
    }
    if let Some((state, typed)) = form {
        params["requestState"] = json!(state);
        params["inputResponses"] = json!({ "confirmation": { "action": "accept", "content": { "confirm": typed } } });
    }
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let (status, answer) = request(to, "POST /mcp", &headers, Some(&message)).await?;
    if status >= 500 || answer["result"].is_null() {
        if answer["code"] == "cannot_check" {
            return Err(Failed::Starved);
        }
        eprintln!("{tool}: {status} {answer}");
        return Err(Failed::Broken);
    }
    Ok(answer["result"].clone())
}

/// What a model reads of an answer: the structured content, or the advice of a failure.
pub(crate) fn told(result: &Value) -> Value {
    if result["isError"] == json!(true) {
        let text = result["content"][0]["text"].as_str().unwrap_or_default();
        return serde_json::from_str(text).unwrap_or(Value::Null);
    }
    result["structuredContent"].clone()
}
