//! A client for servers that are not Duo's, behind the same guard.

use std::net::SocketAddr;
use std::time::Duration;

use super::connection::{SettingsError, tls};
use super::resolver::Resolver;

/// A name that leads to an address of the operator's choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedOverride {
    /// The host name, in small letters.
    pub name: String,
    /// The address and port.
    pub address: SocketAddr,
    /// A certificate authority in PEM, trusted besides the public ones.
    pub ca_pem: Option<String>,
}

/// An HTTP client for addresses that strangers name: https only, public addresses only (checked when connecting, so a
/// name cannot change its mind in between), no redirects, no proxies, no cookies, no connections kept.
///
/// A URL whose host is an address is not looked up and so not checked: whoever uses this refuses such URLs.
pub fn guarded(
    overrides: Vec<NamedOverride>,
    longest: Duration,
    user_agent: &str,
) -> Result<reqwest::Client, SettingsError> {
    let tls = tls(overrides.iter().filter_map(|each| each.ca_pem.as_deref()))?;
    let own =
        move |name: &str| overrides.iter().find(|each| each.name.eq_ignore_ascii_case(name)).map(|found| found.address);
    #[expect(clippy::disallowed_methods, reason = "this client reaches public addresses only")]
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .http1_only()
        .dns_resolver(Resolver::new(own))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .timeout(longest)
        .pool_max_idle_per_host(0)
        .user_agent(user_agent)
        .build()?;
    Ok(client)
}
