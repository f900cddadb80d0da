//! A stored Duo credential as answers show it: nothing that opens anything.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::connection::{CredentialStatus, SealedCredential};
use crate::tenants::StoredCredential;

/// A stored Duo credential. Its keys went in and never come out.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CredentialView {
    /// Its identifier.
    pub id: String,
    /// Which of Duo's APIs it opens: `auth`, `admin` or `accounts`.
    pub api: String,
    /// Where it is used.
    pub host: String,
    /// The end of the integration key.
    pub ikey_last4: String,
    /// Tells whether two credentials are the same without telling what they are.
    pub fingerprint: String,
    /// How requests are signed with it.
    pub signature: String,
    /// How far it is known to work.
    pub status: CredentialStatus,
    /// What the probe found that it may do, by the words of Duo's Admin Panel.
    pub grants: Vec<String>,
    /// What an operator should know about the check that was just made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// When Duo last accepted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<String>,
}

impl CredentialView {
    /// A credential and what its check has to say.
    fn new(credential: &SealedCredential, notices: Vec<String>) -> Self {
        Self {
            id: credential.id.to_string(),
            api: credential.api.as_str().to_owned(),
            host: credential.host.as_str().to_owned(),
            ikey_last4: credential.ikey_last4.clone(),
            fingerprint: credential.fingerprint.clone(),
            signature: credential.signature.as_str().to_owned(),
            status: credential.status,
            grants: credential.grants.clone(),
            notices,
            verified_at: credential.verified_at.map(|at| at.to_string()),
        }
    }
}

impl From<StoredCredential> for CredentialView {
    fn from(stored: StoredCredential) -> Self {
        Self::new(&stored.credential, stored.notices)
    }
}

impl From<&SealedCredential> for CredentialView {
    fn from(credential: &SealedCredential) -> Self {
        Self::new(credential, Vec::new())
    }
}
