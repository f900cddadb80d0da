//! `check_auth`: every stored credential, held against Duo now.

use std::sync::Arc;

use super::super::corridor::CallRequest;
use super::super::error::CallError;
use super::super::parts::Calls;
use crate::domain::connection::SealedCredential;
use crate::tenants::{TenantError, probe};
use crate::tools::arguments::Text;
use crate::tools::house::{CheckAuth, CredentialCheck, CredentialChecks};

impl Calls {
    pub(super) async fn check_auth(&self, call: &CallRequest, asked: CheckAuth) -> Result<CredentialChecks, CallError> {
        let only = asked.account.as_ref().map(Text::as_str);
        if let Some(given) = only
            && call.context.connection(given).is_none()
        {
            let known = call.context.names();
            return Err(TenantError::NoSuchConnection { name: given.to_owned(), known }.into());
        }
        let mut credentials = Vec::new();
        for connection in &call.context.connections {
            let name = connection.connection.name.as_str();
            if only.is_none_or(|only| only.eq_ignore_ascii_case(name)) {
                for credential in &connection.credentials {
                    credentials.push(self.check(call, name, credential).await);
                }
            }
        }
        let all_valid = !credentials.is_empty() && credentials.iter().all(|check| check.valid);
        Ok(CredentialChecks { all_valid, credentials })
    }

    async fn check(&self, call: &CallRequest, connection: &str, sealed: &Arc<SealedCredential>) -> CredentialCheck {
        let keys = call.context.opener(sealed);
        let found = probe(&self.parts().client, &keys, sealed.api, self.now()).await;
        let (valid, grants, problem) = match found {
            Ok(probed) => (true, probed.grants, probed.notices.join(" ")),
            Err(refuted) => (false, Vec::new(), refuted.to_string()),
        };
        CredentialCheck {
            connection: connection.to_owned(),
            api: sealed.api.as_str().to_owned(),
            valid,
            grants,
            signature: sealed.signature.as_str().to_owned(),
            clock_ahead_s: -self.parts().client.skew() / 1000,
            problem,
        }
    }
}
