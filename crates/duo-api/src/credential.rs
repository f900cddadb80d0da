//! What a request is signed with, and how it is opened for one send.

use crate::catalog::Api;
use crate::host::ApiHost;
use crate::key::{IntegrationKey, SecretKey};
use crate::sign::SignatureVersion;

/// An open credential. It lives for one signature and is dropped right after.
pub struct Credential {
    /// Which kind of application the keys belong to.
    pub api: Api,
    /// The host of the account that owns the application.
    pub host: ApiHost,
    /// The public half.
    pub key: IntegrationKey,
    /// The secret half.
    pub secret: SecretKey,
    /// How it signs; endpoints that need v5 get v5 whatever stands here.
    pub signature: SignatureVersion,
}

/// The caller's sealed credential, opened anew for each send.
pub trait Keys: Send + Sync {
    /// Opens it.
    fn open(&self) -> Result<Credential, KeysUnavailable>;
}

/// The credential could not be opened; nothing was sent. The reason is for a log and holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the Duo credential cannot be opened: {reason}")]
pub struct KeysUnavailable {
    /// Why.
    pub reason: String,
}

impl KeysUnavailable {
    /// With a reason that holds no secret.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}
