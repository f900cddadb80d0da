//! Host and Origin: ours pass, foreign ones do not, and no trick mixes them up.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;

use super::hosts::{HostRules, refusal};
use crate::config::{AdminListener, PublicListener};

fn status(rules: &HostRules, target: &str, headers: &[(&str, &str)]) -> u16 {
    let mut request = Request::builder().uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    refusal(rules, &request.body(Body::empty()).unwrap()).map_or(200, |refused| refused.status().as_u16())
}

fn hosted() -> Arc<HostRules> {
    HostRules::public(&PublicListener {
        listen: "0.0.0.0:8080".parse().unwrap(),
        url: Some("https://mcp.example.com".into()),
        allowed_hosts: vec!["gateway.internal:8080".into(), "[2001:db8::1]".into()],
        allowed_origins: vec!["https://inspector.example.com".into()],
    })
}

#[test]
fn a_hosted_listener_knows_its_own_names_only() {
    for host in
        ["mcp.example.com", "MCP.example.com.", "mcp.example.com:443", "gateway.internal:8080", "[2001:db8::1]:1"]
    {
        assert_eq!(status(&hosted(), "/mcp", &[("host", host)]), 200, "{host}");
    }
    for host in [
        "evil.example",
        "localhost",
        "127.0.0.1:8080",
        "gateway.internal",
        "gateway.internal:81",
        "",
        "a@mcp.example.com",
        "mcp.example.com:",
        "mcp.example.com:99999",
        "mcp.example.com.evil.example",
    ] {
        assert_eq!(status(&hosted(), "/mcp", &[("host", host)]), 403, "{host}");
    }
    assert_eq!(status(&hosted(), "/mcp", &[]), 403);
    assert_eq!(status(&hosted(), "/mcp", &[("host", "mcp.example.com"), ("host", "mcp.example.com")]), 403);
}

#[test]
fn an_absolute_request_line_must_be_ours_too() {
    let ours = "http://mcp.example.com/mcp";
    assert_eq!(status(&hosted(), ours, &[("host", "mcp.example.com")]), 200);
    assert_eq!(status(&hosted(), ours, &[]), 200);
    assert_eq!(status(&hosted(), ours, &[("host", "evil.example")]), 403);
    assert_eq!(status(&hosted(), "http://evil.example/mcp", &[("host", "mcp.example.com")]), 403);
}

#[test]
fn an_origin_is_checked_when_there_is_one() {
    for origin in ["https://mcp.example.com", "https://inspector.example.com", "HTTPS://Inspector.example.com"] {
        let headers = [("host", "mcp.example.com"), ("origin", origin)];
        assert_eq!(status(&hosted(), "/mcp", &headers), 200, "{origin}");
    }
    for origin in [
        "null",
        "https://evil.example",
        "http://localhost:6274",
        "https://mcp.example.com.evil.example",
        "file://mcp.example.com",
        "http://gateway.internal:8080",
    ] {
        let headers = [("host", "mcp.example.com"), ("origin", origin)];
        assert_eq!(status(&hosted(), "/mcp", &headers), 403, "{origin}");
    }
    let two = [("host", "mcp.example.com"), ("origin", "https://mcp.example.com"), ("origin", "https://evil.example")];
    assert_eq!(status(&hosted(), "/mcp", &two), 403);
}

#[test]
fn a_loopback_listener_takes_loopback_names_on_any_port() {
    let rules = || HostRules::public(&PublicListener::default());
    for host in ["127.0.0.1:8080", "localhost:9999", "[::1]:8080", "localhost"] {
        assert_eq!(status(&rules(), "/mcp", &[("host", host)]), 200, "{host}");
    }
    assert_eq!(status(&rules(), "/mcp", &[("host", "rebound.example:8080")]), 403);
    let inspector = [("host", "localhost:8080"), ("origin", "http://localhost:6274")];
    assert_eq!(status(&rules(), "/mcp", &inspector), 200);
    let foreign = [("host", "localhost:8080"), ("origin", "http://evil.example")];
    assert_eq!(status(&rules(), "/mcp", &foreign), 403);
}

#[test]
fn the_admin_listener_is_called_by_its_own_pages_only() {
    let rules = || HostRules::admin(&AdminListener::default());
    let host = ("host", "127.0.0.1:8082");
    assert_eq!(status(&rules(), "/mcp", &[host]), 200);
    assert_eq!(status(&rules(), "/mcp", &[host, ("origin", "http://127.0.0.1:8082")]), 200);
    assert_eq!(status(&rules(), "/mcp", &[host, ("origin", "http://127.0.0.1:3000")]), 403);
    assert_eq!(status(&rules(), "/mcp", &[host, ("origin", "null")]), 403);
}

#[test]
fn loopback_origins_follow_the_name_that_people_use() {
    let behind = |url: &str, listen: &str| {
        HostRules::public(&PublicListener {
            listen: listen.parse().unwrap(),
            url: Some(url.into()),
            ..PublicListener::default()
        })
    };
    let from_inspector = |host| [("host", host), ("origin", "http://localhost:6274")];
    // A container: it listens on every address, and is published on this machine's loopback.
    let container = behind("http://localhost:8080", "0.0.0.0:8080");
    assert_eq!(status(&container, "/mcp", &from_inspector("localhost:8080")), 200);
    // A proxy on the same machine: it listens on loopback, and is known to the world by another name.
    let proxied = || behind("https://mcp.example.com", "127.0.0.1:8080");
    assert_eq!(status(&proxied(), "/mcp", &from_inspector("mcp.example.com")), 403);
    assert_eq!(status(&proxied(), "/mcp", &[("host", "mcp.example.com")]), 200);
}
