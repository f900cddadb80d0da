//! The simulator's own certificate authority and the certificate of its server.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

use crate::error::SimulatorError;

const CERTIFICATE: &str = "ca.pem";
const KEY: &str = "ca-key.pem";

/// Names of Duo's and of this machine under which the server shows itself.
///
/// `127.0.0.1` is there as a DNS name too, because Duo's Python client compares nothing else.
const NAMES: &[&str] = &["localhost", "127.0.0.1", "*.duosecurity.com", "*.duofederal.com"];

/// What clients must trust, and what the HTTPS listener accepts with.
pub(crate) struct Authority {
    pub(crate) pem: String,
    pub(crate) acceptor: TlsAcceptor,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority")
    }
}

impl Authority {
    /// Reads the authority of this folder, or makes one and keeps it there.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self, SimulatorError> {
        let kept = folder.map(read).transpose()?.flatten();
        let (pem, key) = match kept {
            Some(kept) => kept,
            None => make(folder)?,
        };
        let params = authority_params();
        let issuer = Issuer::from_params(&params, key);
        let server_key = KeyPair::generate().map_err(failed)?;
        let certificate = server_params().and_then(|params| params.signed_by(&server_key, &issuer)).map_err(failed)?;
        let private = PrivateKeyDer::try_from(server_key.serialize_der()).map_err(failed)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .map_err(failed)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { pem, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}

fn failed(error: impl std::fmt::Display) -> SimulatorError {
    SimulatorError::Authority(error.to_string())
}

/// The same each time, so that a certificate signed with the kept key chains to the kept authority.
fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Duo simulator authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    params
}

fn server_params() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Duo simulator");
    for name in NAMES {
        params.subject_alt_names.push(SanType::DnsName((*name).try_into()?));
    }
    params.subject_alt_names.push(SanType::IpAddress(std::net::Ipv4Addr::LOCALHOST.into()));
    params.subject_alt_names.push(SanType::IpAddress(std::net::Ipv6Addr::LOCALHOST.into()));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn read(folder: &Path) -> Result<Option<(String, KeyPair)>, SimulatorError> {
    let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
    if !(certificate.exists() && key.exists()) {
        return Ok(None);
    }
    let text =
        |path: &Path| fs::read_to_string(path).map_err(|source| SimulatorError::File { path: path.to_owned(), source });
    let pair = KeyPair::from_pem(&text(&key)?).map_err(failed)?;
    Ok(Some((text(&certificate)?, pair)))
}

fn make(folder: Option<&Path>) -> Result<(String, KeyPair), SimulatorError> {
    let key = KeyPair::generate().map_err(failed)?;
    let pem = authority_params().self_signed(&key).map_err(failed)?.pem();
    if let Some(folder) = folder {
        let file = |path: std::path::PathBuf| move |source| SimulatorError::File { path, source };
        fs::create_dir_all(folder).map_err(file(folder.to_owned()))?;
        fs::write(folder.join(KEY), key.serialize_pem()).map_err(file(folder.join(KEY)))?;
        fs::write(folder.join(CERTIFICATE), &pem).map_err(file(folder.join(CERTIFICATE)))?;
    }
    Ok((pem, key))
}
