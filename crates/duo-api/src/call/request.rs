//! A call, and the request that it becomes under one credential.

use zeroize::Zeroizing;

use super::budget::Budget;
use super::error::CallError;
use super::params::{Filled, Params};
use super::value::texts;
use crate::catalog::{Api, Endpoint, SignatureRule};
use crate::credential::Credential;
use crate::host::ApiHost;
use crate::key::AccountId;
use crate::sign::{SignatureVersion, SignedParts, authorization, form_text, json_body};

/// A child account: called on its own host with the parent's Accounts API keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Its id, sent as `account_id`.
    pub account_id: AccountId,
    /// Its own host, which is also the one that is signed.
    pub host: ApiHost,
}

/// One call of an endpoint.
#[derive(Clone, Debug)]
pub struct Call {
    /// The endpoint.
    pub endpoint: &'static Endpoint,
    /// The arguments.
    pub params: Params,
    /// The child account in which it is called; `None` for the account of the keys.
    pub account: Option<Child>,
    /// How long it may take.
    pub budget: Budget,
}

impl Call {
    /// Checks the account and the arguments against the endpoint's record, as sending it does.
    pub fn check(&self) -> Result<(), CallError> {
        self.fill().map(|_| ())
    }

    pub(crate) fn fill(&self) -> Result<Filled, CallError> {
        let endpoint = self.endpoint;
        let in_child = endpoint.api == Api::Accounts && endpoint.path.starts_with("/admin/");
        match (&self.account, endpoint.api) {
            (None, Api::Accounts) if in_child => return Err(CallError::NeedsChild { endpoint: endpoint.id }),
            (Some(_), Api::Auth) => return Err(CallError::TakesNoChild { endpoint: endpoint.id }),
            (Some(_), Api::Accounts) if !in_child => return Err(CallError::TakesNoChild { endpoint: endpoint.id }),
            _ => {}
        }
        Filled::new(endpoint, &self.params, self.account.as_ref().map(|child| &child.account_id))
    }

    /// Which keys it is signed with.
    pub fn signed_as(&self) -> Api {
        if self.account.is_some() { Api::Accounts } else { self.endpoint.api }
    }
}

/// A signed request, ready to be sent once.
pub(crate) struct Prepared {
    pub(crate) method: http::Method,
    pub(crate) host: ApiHost,
    pub(crate) target: String,
    pub(crate) date: String,
    pub(crate) authorization: Option<Zeroizing<String>>,
    pub(crate) body: Option<(&'static str, String)>,
}

/// Makes the request and signs it. The credential is not needed afterwards.
pub(crate) fn prepare(
    call: &Call,
    filled: &Filled,
    credential: &Credential,
    date: String,
) -> Result<Prepared, CallError> {
    let (endpoint, wants) = (call.endpoint, call.signed_as());
    if credential.api != wants {
        return Err(CallError::WrongApi { endpoint: endpoint.id, wants, got: credential.api });
    }
    let version = match endpoint.signature {
        SignatureRule::V5Only => SignatureVersion::V5,
        SignatureRule::V2OrV5 | SignatureRule::Unsigned => credential.signature,
    };
    let host = call.account.as_ref().map_or(&credential.host, |child| &child.host);
    let path = filled.path.clone();
    let fields = &filled.fields;
    let pairs = || -> Vec<(String, String)> {
        fields.iter().flat_map(|(name, value)| texts(value).into_iter().map(|text| (name.clone(), text))).collect()
    };
    let (params, body) = match (endpoint.method.has_body(), version) {
        (false, _) => (pairs(), None),
        (true, SignatureVersion::V5) => (Vec::new(), Some(("application/json", json_body(fields)))),
        (true, _) => {
            let pairs = pairs();
            let form = form_text(&pairs);
            (pairs, Some(("application/x-www-form-urlencoded", form)))
        }
    };
    let parts = SignedParts {
        date: &date,
        method: endpoint.method.as_str(),
        host: host.as_str(),
        path: &path,
        params: &params,
        body: body.as_ref().map_or(b"", |(_, text)| text.as_bytes()),
        headers: &[],
    };
    let authorization = (endpoint.signature != SignatureRule::Unsigned)
        .then(|| authorization(version, &parts, &credential.key, &credential.secret));
    let target = if body.is_some() || params.is_empty() { path } else { format!("{path}?{}", form_text(&params)) };
    let method = match endpoint.method {
        crate::catalog::Method::Get => http::Method::GET,
        crate::catalog::Method::Post => http::Method::POST,
        crate::catalog::Method::Put => http::Method::PUT,
        crate::catalog::Method::Delete => http::Method::DELETE,
    };
    Ok(Prepared { method, host: host.clone(), target, date, authorization, body })
}
