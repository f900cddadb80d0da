//! Checks Host and Origin, against DNS rebinding and requests from foreign pages.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{StatusCode, Uri};

use super::problem::Problem;
use crate::config::{AdminListener, KeysListener, PublicListener};

/// The names under which one listener may be spoken to, and the pages that may speak to it.
#[derive(Debug, Clone)]
pub struct HostRules {
    /// Lower-case names, each with a port or for any port.
    hosts: Vec<(String, Option<u16>)>,
    /// Origins as browsers write them.
    origins: Vec<String>,
    takes_loopback_names: bool,
    takes_loopback_origins: bool,
    takes_any_origin: bool,
}

impl HostRules {
    /// The rules of the public listener. While people reach it by a loopback name, a page from a loopback origin may call
    /// it: that is where the MCP inspector runs, and every call carries its own credential.
    pub fn public(listener: &PublicListener) -> Arc<Self> {
        let is_loopback_listener = listener.listen.ip().is_loopback();
        let origin = listener.origin();
        let own = origin.parse::<Uri>().ok().and_then(|uri| uri.host().map(|host| (name(host), uri.port_u16())));
        let is_local = own.as_ref().is_some_and(|(name, _)| is_loopback(name));
        let origins = listener.allowed_origins.iter().chain([&origin]);
        Arc::new(Self {
            hosts: own.into_iter().chain(listener.allowed_hosts.iter().filter_map(|host| parts(host))).collect(),
            origins: origins.map(|origin| origin.trim_end_matches('/').to_ascii_lowercase()).collect(),
            takes_loopback_names: is_loopback_listener,
            takes_loopback_origins: is_local,
            takes_any_origin: false,
        })
    }

    /// The rules of the listener that takes keys alone: those of the public one, with no foreign page.
    pub fn keys(listener: &KeysListener) -> Arc<Self> {
        let origin = listener.origin().unwrap_or_default();
        let own = origin.parse::<Uri>().ok().and_then(|uri| uri.host().map(|host| (name(host), uri.port_u16())));
        let is_local = own.as_ref().is_some_and(|(name, _)| is_loopback(name));
        Arc::new(Self {
            hosts: own.into_iter().chain(listener.allowed_hosts.iter().filter_map(|host| parts(host))).collect(),
            origins: vec![origin.to_ascii_lowercase()],
            takes_loopback_names: listener.listen.is_some_and(|listen| listen.ip().is_loopback()),
            takes_loopback_origins: is_local,
            takes_any_origin: false,
        })
    }

    /// The same names, called by whichever page: for what takes no credential of a browser's.
    #[must_use]
    pub fn from_any_page(&self) -> Arc<Self> {
        Arc::new(Self { takes_any_origin: true, ..self.clone() })
    }

    /// The same names, called by our own pages alone: for pages with cookies, whose forms come from themselves.
    #[must_use]
    pub fn own_pages(listener: &PublicListener) -> Arc<Self> {
        let public = Self::public(listener);
        let origins = vec![listener.origin().to_ascii_lowercase()];
        Arc::new(Self { origins, takes_loopback_origins: false, ..(*public).clone() })
    }

    /// The rules of the admin listener: its pages have cookies, so only they themselves may call it.
    pub fn admin(listener: &AdminListener) -> Arc<Self> {
        let origin = listener.origin();
        let own = listener.url.as_ref().and_then(|_| origin.parse::<Uri>().ok());
        let own = own.and_then(|uri| uri.host().map(|host| (name(host), uri.port_u16())));
        Arc::new(Self {
            hosts: own.into_iter().chain(listener.allowed_hosts.iter().filter_map(|host| parts(host))).collect(),
            origins: vec![origin.to_ascii_lowercase()],
            takes_loopback_names: listener.listen.ip().is_loopback(),
            takes_loopback_origins: false,
            takes_any_origin: false,
        })
    }

    fn takes_host(&self, host: &str) -> bool {
        let Some((name, port)) = parts(host) else { return false };
        let is_listed =
            self.hosts.iter().any(|(known, wanted)| *known == name && (wanted.is_none() || *wanted == port));
        is_listed || (self.takes_loopback_names && is_loopback(&name))
    }

    fn takes_origin(&self, origin: &str, host: Option<&str>) -> bool {
        let origin = origin.to_ascii_lowercase();
        if self.origins.contains(&origin) {
            return true;
        }
        // `null` and everything else that is not `scheme://host` is a page without an origin, so no page of ours.
        let Some((scheme, authority)) = origin.split_once("://") else { return false };
        if scheme != "http" && scheme != "https" {
            return false;
        }
        let Some((name, _)) = parts(authority) else { return false };
        // The Host has been accepted, so a page from the very same host and port is one of ours.
        host.is_some_and(|host| host.eq_ignore_ascii_case(authority))
            || (self.takes_loopback_origins && is_loopback(&name))
    }
}

/// Lets a request pass whose Host is ours and whose Origin, if it has one, may call us: `None`; a 403 otherwise.
pub(super) fn refusal(rules: &HostRules, request: &Request) -> Option<Response> {
    let mut values = request.headers().get_all(HOST).iter();
    let header = values.next();
    let is_repeated = values.next().is_some();
    let header = match header.map(|value| value.to_str()) {
        Some(Ok(host)) => Some(host),
        Some(Err(_)) => return Some(foreign_host()),
        None => None,
    };
    // An absolute request line, and HTTP/2, carry the authority in the address; RFC 9112 lets it win over the header. We
    // want both to be ours, so that nobody in front of us can have read the other one.
    let in_line = request.uri().authority().map(Authority::as_str);
    let is_ours = [header, in_line].into_iter().flatten().all(|host| rules.takes_host(host));
    if is_repeated || !is_ours || (header.is_none() && in_line.is_none()) {
        return Some(foreign_host());
    }
    for origin in request.headers().get_all(ORIGIN) {
        if !rules.takes_any_origin
            && !origin.to_str().is_ok_and(|origin| rules.takes_origin(origin, in_line.or(header)))
        {
            let problem = Problem::new(StatusCode::FORBIDDEN, "foreign_origin", "This page may not call the gateway")
                .with_detail("The Origin header is not on this listener's list of allowed origins.");
            return Some(problem.into_response());
        }
    }
    None
}

fn foreign_host() -> Response {
    Problem::new(StatusCode::FORBIDDEN, "foreign_host", "The gateway is not known by this name")
        .with_detail("The Host header is not on this listener's list of allowed hosts.")
        .into_response()
}

/// Name and port of a Host header; `None` for what is none.
fn parts(host: &str) -> Option<(String, Option<u16>)> {
    let authority: Authority = host.parse().ok()?;
    if host.contains('@') || authority.host().is_empty() {
        return None;
    }
    let port = authority.port_u16();
    // A port that is none (`host:`, `host:99999`) is not the same as no port.
    let rest = host.get(authority.host().len()..)?;
    if port.is_none() && !rest.is_empty() {
        return None;
    }
    Some((name(authority.host()), port))
}

fn name(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

fn is_loopback(name: &str) -> bool {
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
