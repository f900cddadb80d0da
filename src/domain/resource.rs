//! What a token is for: the one endpoint, however a client writes its address.

use url::Url;

/// Where the endpoint is, under the origin.
pub const PATH: &str = "/mcp";

/// An address that is none of this gateway's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the resource is not this gateway's")]
pub struct InvalidTarget;

/// The endpoint of this origin, which every token is bound to.
pub fn canonical(origin: &str) -> String {
    format!("{origin}{PATH}")
}

/// The canonical resource that a client means: clients take it from the address that was typed, with a query that
/// chooses tools, a slash at the end, or without the path. Left out, it is the endpoint.
pub fn meant(given: Option<&str>, origin: &str) -> Result<String, InvalidTarget> {
    let Some(given) = given else { return Ok(canonical(origin)) };
    let (url, own) = (Url::parse(given).map_err(|_| InvalidTarget)?, Url::parse(origin).map_err(|_| InvalidTarget)?);
    // Parsing has written scheme and host in small letters and left a usual port out.
    let is_plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let is_ours = url.scheme() == own.scheme()
        && url.host_str() == own.host_str()
        && url.port_or_known_default() == own.port_or_known_default();
    let is_endpoint = matches!(url.path(), "/mcp" | "/mcp/" | "/" | "");
    if is_plain && is_ours && is_endpoint { Ok(canonical(origin)) } else { Err(InvalidTarget) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://mcp.example.com";

    #[test]
    fn every_way_to_write_the_endpoint_is_the_endpoint() {
        assert_eq!(meant(None, ORIGIN).unwrap(), "https://mcp.example.com/mcp");
        for text in [
            "https://mcp.example.com/mcp",
            "https://mcp.example.com/mcp/",
            "https://mcp.example.com/mcp?toolsets=default,users&readonly=true",
            "HTTPS://MCP.example.COM:443/mcp",
            "https://mcp.example.com",
            "https://mcp.example.com/",
        ] {
            assert_eq!(meant(Some(text), ORIGIN).unwrap(), "https://mcp.example.com/mcp", "{text}");
        }
        assert_eq!(
            meant(Some("http://127.0.0.1:8080/mcp/"), "http://127.0.0.1:8080").unwrap(),
            "http://127.0.0.1:8080/mcp"
        );
    }

    #[test]
    fn what_is_elsewhere_is_refused() {
        for text in [
            "https://mcp.example.com/mcp#x",
            "https://mcp.example.com/other",
            "https://mcp.example.com:8443/mcp",
            "http://mcp.example.com/mcp",
            "https://mcp.example.com.evil.example/mcp",
            "https://user@mcp.example.com/mcp",
            "mcp",
            "",
        ] {
            assert_eq!(meant(Some(text), ORIGIN), Err(InvalidTarget), "{text}");
        }
    }
}
