//! A tenant's account as the tools see it.

use std::sync::Arc;

use duo_api::{Api, Keys};

use super::error::CallError;
use super::parts::Calls;
use crate::domain::connection::AuthDefaults;
use crate::domain::plan::AccountRef;
use crate::tenants::{Account, TenantContext, resolve};
use crate::tools::duo;

/// An account and the keys that open it, as the tools ask for them.
struct Reachable {
    account: Account,
    calls: Calls,
}

impl duo::Account for Reachable {
    fn reference(&self) -> &AccountRef {
        &self.account.reference
    }

    fn defaults(&self) -> &AuthDefaults {
        &self.account.connection.connection.defaults
    }

    fn connections(&self) -> Vec<String> {
        self.account.connection_names()
    }

    fn keys(&self, api: Api) -> Option<Arc<dyn Keys>> {
        self.account.keys(api).ok().map(|keys| Arc::new(keys) as Arc<dyn Keys>)
    }

    fn refused(&self, api: Api) {
        if let Ok(keys) = self.account.keys(api) {
            self.calls.doubt(keys);
        }
    }
}

impl Calls {
    /// The account that a call names.
    pub(super) async fn account(
        &self,
        context: &Arc<TenantContext>,
        named: Option<&str>,
    ) -> Result<Arc<dyn duo::Account>, CallError> {
        let account = resolve(&self.parts().children, context, named).await?;
        Ok(Arc::new(Reachable { account, calls: self.clone() }))
    }

    /// The account of a plan that was made earlier, as it can be reached now.
    pub(super) fn account_of(
        &self,
        context: &Arc<TenantContext>,
        reference: &AccountRef,
    ) -> Result<Arc<dyn duo::Account>, CallError> {
        Ok(Arc::new(Reachable { account: Account::reopen(context, reference)?, calls: self.clone() }))
    }
}
