//! The pooled HTTP client and what it trusts.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::overrides::address_for;
use super::resolver::Resolver;
use super::settings::ClientSettings;

/// Settings from which no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The certificate authority of an override is not PEM with at least one certificate.
    #[error("the certificate authority of a connect override is not a PEM certificate")]
    CertificateAuthority,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Http(#[from] reqwest::Error),
}

/// One pool for all hosts; connections are kept by host. HTTP/1.1, no redirects, no proxies, no cookies, no retries
/// of its own.
pub(super) fn connect(settings: &ClientSettings) -> Result<reqwest::Client, SettingsError> {
    #[expect(clippy::disallowed_methods, reason = "this is the client that the ban points to")]
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls(settings.overrides.iter().filter_map(|o| o.ca_pem.as_deref()))?)
        .https_only(true)
        .http1_only()
        .dns_resolver(Resolver::new({
            let overrides = settings.overrides.clone();
            move |name| address_for(&overrides, name)
        }))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .connect_timeout(settings.timeouts.connect)
        .pool_idle_timeout(Duration::from_secs(90))
        .user_agent(settings.user_agent.as_str())
        .build()?;
    Ok(client)
}

/// The public roots, and besides them these authorities.
pub(super) fn tls<'a>(authorities: impl Iterator<Item = &'a str>) -> Result<ClientConfig, SettingsError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for pem in authorities {
        let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| SettingsError::CertificateAuthority)?;
        if certificates.is_empty() {
            return Err(SettingsError::CertificateAuthority);
        }
        for certificate in certificates {
            roots.add(certificate).map_err(|_| SettingsError::CertificateAuthority)?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::super::attempt::unreached;
    use super::super::overrides::{ConnectOverride, HostPattern};
    use super::*;
    use crate::clock::Clock;
    use crate::error::Unreached;

    struct Stopped;

    impl Clock for Stopped {
        fn now_ms(&self) -> i64 {
            0
        }
    }

    fn settings() -> ClientSettings {
        ClientSettings::new(Arc::new(Stopped), Arc::new(|_| Duration::ZERO))
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_connected_to() {
        let client = connect(&settings()).unwrap();
        let error = client.get("https://localhost/").send().await.unwrap_err();
        assert!(error.is_connect());
        assert_eq!(unreached(&error), Unreached::PrivateAddress);
        assert!(client.get("http://localhost/").send().await.is_err_and(|error| error.is_builder()));
    }

    #[test]
    fn an_authority_must_be_a_certificate() {
        for pem in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let mut settings = settings();
            let addr = "127.0.0.1:1".parse().unwrap();
            settings.overrides = vec![ConnectOverride { host: HostPattern::Any, addr, ca_pem: Some(pem.to_owned()) }];
            assert!(matches!(connect(&settings), Err(SettingsError::CertificateAuthority)));
        }
    }
}
