//! What the type of a single value cannot say: how values must stand to each other.

use std::collections::BTreeSet;

use http::Uri;

use super::keys::{KeySettings, RingKey};
use super::oauth::OidcSettings;
use super::settings::Settings;
use crate::domain::address::fetched_from;
use crate::domain::text::is_misleading;

/// A value that cannot be used.
pub(super) struct Wrong {
    pub(super) key: &'static str,
    pub(super) value: String,
    pub(super) expectation: &'static str,
}

impl Wrong {
    fn new(key: &'static str, value: impl std::fmt::Debug, expectation: &'static str) -> Self {
        Self { key, value: format!("{value:?}"), expectation }
    }

    fn missing(key: &'static str, expectation: &'static str) -> Self {
        Self { key, value: "not set".to_owned(), expectation }
    }
}

pub(super) fn check(settings: &Settings) -> Result<(), Wrong> {
    let public = &settings.server.public;
    if let Some(url) = &public.url {
        check_origin("server.public.url", url)?;
    }
    if let Some(url) = &settings.server.admin.url {
        check_origin("server.admin.url", url)?;
    }
    if let Some(url) = &settings.server.keys.url {
        check_origin("server.keys.url", url)?;
    }
    for host in &settings.server.keys.allowed_hosts {
        check_host("server.keys.allowed_hosts", host)?;
    }
    for origin in &public.allowed_origins {
        check_origin("server.public.allowed_origins", origin)?;
    }
    for host in &public.allowed_hosts {
        check_host("server.public.allowed_hosts", host)?;
    }
    for host in &settings.server.admin.allowed_hosts {
        check_host("server.admin.allowed_hosts", host)?;
    }
    let admin = settings.server.admin.listen;
    if admin == public.listen && admin.port() != 0 {
        return Err(Wrong::new(
            "server.admin.listen",
            admin,
            "another address or port than `server.public.listen` has",
        ));
    }
    let keys = settings.server.keys.listen;
    if keys.is_some_and(|keys| keys.port() != 0 && (keys == public.listen || keys == admin)) {
        return Err(Wrong::new("server.keys.listen", keys, "an address or port that no other listener has"));
    }
    if settings.server.keys.origin().is_some_and(|origin| origin == public.origin())
        && keys.is_some_and(|keys| keys.port() != 0)
    {
        let expectation = "another origin than `server.public.url` has, because clients look for a sign-in at its root";
        return Err(Wrong::new("server.keys.url", settings.server.keys.origin(), expectation));
    }
    check_oauth(settings)?;
    check_oidc(settings)?;
    // A replica that sends holds the change for as long as one call may take, or another would take it over meanwhile.
    if settings.operations.lease_seconds <= settings.duo.call_timeout_seconds {
        let lease = settings.operations.lease_seconds.0;
        return Err(Wrong::new("operations.lease_seconds", lease, "more than `duo.call_timeout_seconds` has"));
    }
    check_database(settings)?;
    check_keys(&settings.keys)?;
    for entry in &settings.net.connect_override {
        if entry.host != "*" {
            check_host("net.connect_override", &entry.host)?;
        }
    }
    Ok(())
}

fn check_oauth(settings: &Settings) -> Result<(), Wrong> {
    let oauth = &settings.oauth;
    if oauth.idle_days > oauth.longest_days {
        return Err(Wrong::new("oauth.idle_days", oauth.idle_days, "at most what `oauth.longest_days` has"));
    }
    for lifetime in &oauth.client_lifetimes {
        if !(300..=86_400).contains(&lifetime.access_token_seconds.0) {
            let expectation = "tables whose access_token_seconds is from 300 to 86400";
            return Err(Wrong::new("oauth.client_lifetimes", lifetime.access_token_seconds.0, expectation));
        }
    }
    let mut issuers = BTreeSet::new();
    for provider in &oauth.identity_providers {
        let is_https = |text: &str| text.parse::<Uri>().is_ok_and(|uri| uri.scheme_str() == Some("https"));
        if !is_https(&provider.issuer) || provider.claim.is_empty() {
            let expectation = "tables whose issuer is an https address, and whose claim is not empty";
            return Err(Wrong::new("oauth.identity_providers", &provider.issuer, expectation));
        }
        // A number would not be looked up when its keys are fetched, and so not be checked.
        if fetched_from(&provider.jwks_url).is_none() {
            let expectation = "tables whose jwks_url is an https address with a name and no number as its host, such as \
                               https://id.example.com/keys";
            return Err(Wrong::new("oauth.identity_providers", &provider.jwks_url, expectation));
        }
        if !issuers.insert(&provider.issuer) {
            return Err(Wrong::new("oauth.identity_providers", &provider.issuer, "each issuer once"));
        }
    }
    Ok(())
}

/// All of what a provider needs, or nothing of it.
fn check_oidc(settings: &Settings) -> Result<(), Wrong> {
    const ISSUER: &str = "the https address by which the provider names itself, with a name and no number as its host, \
                          without query or fragment, such as https://id.example.com";
    let oidc = &settings.sign_in.oidc;
    if !oidc.is_on() {
        return Ok(());
    }
    let name = oidc.name.as_deref().unwrap_or_default();
    if name.trim().is_empty() || name.chars().count() > 60 || name.chars().any(is_misleading) {
        let expectation = "what people call the provider, 1 to 60 characters: the door says it";
        return Err(Wrong::new("sign_in.oidc.name", name, expectation));
    }
    let issuer = oidc.issuer.as_deref().ok_or_else(|| Wrong::missing("sign_in.oidc.issuer", ISSUER))?;
    // It is compared letter for letter, so it is not enough that it can be read as such an address.
    let is_address = fetched_from(issuer).is_some_and(|url| url.query().is_none()) && issuer.starts_with("https://");
    if !is_address {
        return Err(Wrong::new("sign_in.oidc.issuer", issuer, ISSUER));
    }
    if oidc.client_id.as_deref().unwrap_or_default().is_empty() {
        return Err(Wrong::missing(
            "sign_in.oidc.client_id",
            "what the provider calls this gateway, which is registered there",
        ));
    }
    check_client_secret(oidc)?;
    let is_word = |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_word(&oidc.claim) {
        return Err(Wrong::new("sign_in.oidc.claim", &oidc.claim, "the name of a claim, such as sub"));
    }
    if !oidc.scopes.iter().all(is_word) || !oidc.scopes.iter().any(|scope| scope == "openid") {
        return Err(Wrong::new("sign_in.oidc.scopes", &oidc.scopes, "a list of words, \"openid\" among them"));
    }
    // A link says issuer and value, not which claim has the value.
    let same = settings.oauth.identity_providers.iter().find(|provider| provider.issuer == issuer);
    if same.is_some_and(|provider| provider.claim != oidc.claim) {
        let expectation = "the claim that `oauth.identity_providers` names for this issuer";
        return Err(Wrong::new("sign_in.oidc.claim", &oidc.claim, expectation));
    }
    if !settings.oauth.enabled {
        let expectation = "true while `sign_in.oidc` is set, because it is a door of the same pages";
        return Err(Wrong::new("oauth.enabled", false, expectation));
    }
    Ok(())
}

fn check_client_secret(oidc: &OidcSettings) -> Result<(), Wrong> {
    match (&oidc.client_secret_file, &oidc.client_secret_env) {
        (None, None) => {
            let expectation =
                "the path of a file with the client's secret, or `sign_in.oidc.client_secret_env` in its place";
            Err(Wrong::missing("sign_in.oidc.client_secret_file", expectation))
        }
        (Some(_), Some(variable)) => {
            let expectation = "no value while `sign_in.oidc.client_secret_file` has one";
            Err(Wrong::new("sign_in.oidc.client_secret_env", variable, expectation))
        }
        _ => Ok(()),
    }
}

fn check_database(settings: &Settings) -> Result<(), Wrong> {
    const KINDS: &str = "a URL that starts with postgres:// or postgresql:// (leave it out for SQLite)";
    let database = &settings.database;
    for (key, url) in [("database.url", &database.url), ("database.owner_url", &database.owner_url)] {
        let Some(url) = url else { continue };
        if !url.expose().starts_with("postgres://") && !url.expose().starts_with("postgresql://") {
            return Err(Wrong { key, value: "(hidden)".to_owned(), expectation: KINDS });
        }
    }
    if database.owner_url.is_some() && database.url.is_none() {
        let expectation = "no value while `database.url` is left out";
        return Err(Wrong { key: "database.owner_url", value: "(hidden)".to_owned(), expectation });
    }
    // The role's name goes into a GRANT, where no parameter can stand.
    let role = &database.app_role;
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if role.is_empty() || role.len() > 63 || !role.bytes().all(is_plain) {
        return Err(Wrong::new("database.app_role", role, "1 to 63 small letters, digits or `_`"));
    }
    Ok(())
}

fn check_keys(keys: &KeySettings) -> Result<(), Wrong> {
    let mut seen = BTreeSet::new();
    for key in &keys.ring {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if key.id().is_empty() || key.id().len() > 32 || !key.id().bytes().all(is_plain) {
            return Err(Wrong::new("keys.ring", key.id(), "ids of 1 to 32 letters, digits, `-` or `_`"));
        }
        if !seen.insert(key.id()) {
            return Err(Wrong::new("keys.ring", key.id(), "each id once"));
        }
        let is_complete = match key {
            RingKey::File { path, .. } => !path.as_os_str().is_empty(),
            RingKey::Command { argv, .. } => argv.first().is_some_and(|program| !program.is_empty()),
            RingKey::Env { var, .. } => !var.is_empty(),
        };
        if !is_complete {
            return Err(Wrong::new("keys.ring", key.id(), "a path, a program or a variable's name that is not empty"));
        }
    }
    match &keys.active {
        Some(active) if !seen.contains(active.as_str()) => {
            Err(Wrong::new("keys.active", active, "the id of a key in `keys.ring`"))
        }
        None if keys.ring.len() > 1 => Err(Wrong {
            key: "keys.active",
            value: "not set".to_owned(),
            expectation: "the id of a key in `keys.ring`, which has several",
        }),
        _ => Ok(()),
    }
}

fn check_origin(key: &'static str, text: &str) -> Result<(), Wrong> {
    const EXPECTED: &str = "an origin without a path, such as https://mcp.example.com; http only with a loopback host";
    let wrong = || Wrong::new(key, text, EXPECTED);
    let uri: Uri = text.parse().map_err(|_| wrong())?;
    let host = uri.host().ok_or_else(wrong)?;
    let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    let is_safe = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => is_loopback(host),
        _ => false,
    };
    let is_bare = uri.query().is_none() && matches!(uri.path(), "" | "/");
    if is_safe && is_bare && !has_user { Ok(()) } else { Err(wrong()) }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn check_host(key: &'static str, text: &str) -> Result<(), Wrong> {
    let authority: Option<http::uri::Authority> = text.parse().ok();
    if authority.is_some_and(|authority| !authority.host().is_empty() && !text.contains(['@', '*'])) {
        Ok(())
    } else {
        Err(Wrong::new(key, text, "a host name with or without a port, such as mcp.example.com or [::1]:8080"))
    }
}
