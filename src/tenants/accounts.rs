//! The `account` argument: from a name or an id to the one account that it means.

use std::sync::Arc;

use duo_api::Api;

use super::children::{Child, Children};
use super::context::{ConnectionContext, Opener, TenantContext};
use super::error::TenantError;
use crate::domain::connection::ChildAccount;
use crate::domain::plan::{AccountRef, ChildRef};

/// One account that a call is about, and how it is reached.
#[derive(Clone, Debug)]
pub struct Account {
    /// What plans and answers call it.
    pub reference: AccountRef,
    /// The connection.
    pub connection: Arc<ConnectionContext>,
    /// The child account, when it is one.
    pub child: Option<ChildAccount>,
    context: Arc<TenantContext>,
}

impl Account {
    fn own(context: &Arc<TenantContext>, connection: &Arc<ConnectionContext>) -> Self {
        let (id, name) = (connection.connection.id.clone(), connection.connection.name.to_string());
        Self {
            reference: AccountRef { connection: id, name, child: None },
            connection: Arc::clone(connection),
            child: None,
            context: Arc::clone(context),
        }
    }

    fn child(context: &Arc<TenantContext>, connection: &Arc<ConnectionContext>, child: ChildAccount) -> Self {
        let reference = AccountRef {
            connection: connection.connection.id.clone(),
            name: child.name.clone(),
            child: Some(ChildRef { id: child.id.clone(), host: child.host.clone() }),
        };
        Self { reference, connection: Arc::clone(connection), child: Some(child), context: Arc::clone(context) }
    }

    /// The account that a plan made earlier is about, as it can be reached now.
    pub fn reopen(context: &Arc<TenantContext>, reference: &AccountRef) -> Result<Self, TenantError> {
        let connection = context.connections.iter().find(|each| each.connection.id == reference.connection);
        let connection = connection
            .ok_or_else(|| TenantError::NoSuchAccount { given: reference.name.clone(), known: context.names() })?;
        Ok(match &reference.child {
            None => Self::own(context, connection),
            Some(child) => {
                let (id, name, host) = (child.id.clone(), reference.name.clone(), child.host.clone());
                Self::child(context, connection, ChildAccount { id, name, host })
            }
        })
    }

    /// What signs calls of this API for the account. A child has no keys of its own: its calls, which are the Admin
    /// API's, are signed with the parent's Accounts credential.
    pub fn keys(&self, api: Api) -> Result<Opener, TenantError> {
        match (&self.child, api) {
            (None, _) => self.context.credential(&self.connection, api),
            (Some(_), Api::Admin | Api::Accounts) => self.context.credential(&self.connection, Api::Accounts),
            (Some(child), Api::Auth) => Err(TenantError::NotForChildren { account: child.name.clone(), api }),
        }
    }

    /// The names of the tenant's connections.
    pub fn connection_names(&self) -> Vec<String> {
        self.context.names()
    }
}

/// Finds the account that the argument means.
///
/// A connection's name or id, or a child account's, in any case and whole. Left out it is the only connection's own
/// account, never a child. A name that fits several accounts is an error that lists their ids: guessing could delete in
/// the wrong one.
pub async fn resolve(
    children: &Children,
    context: &Arc<TenantContext>,
    given: Option<&str>,
) -> Result<Account, TenantError> {
    let Some(given) = given.map(str::trim).filter(|given| !given.is_empty()) else {
        return match context.connections.as_slice() {
            [] => Err(TenantError::NothingConnected),
            [only] => Ok(Account::own(context, only)),
            _ => Err(TenantError::AccountNeeded(context.names())),
        };
    };
    let by_id = context.connections.iter().find(|each| each.connection.id.as_str() == given);
    if let Some(connection) = by_id {
        return Ok(Account::own(context, connection));
    }
    let own = context.connection(given);
    let mut listed = list(children, context, own.is_some(), false).await?;
    if own.is_none() && !listed.iter().any(|(_, child)| fits(child, given)) {
        // It may have been made within the last minute.
        listed = list(children, context, false, true).await?;
    }
    choose(context, given, own, &listed)
}

type Listed = Vec<(Arc<ConnectionContext>, Child)>;

/// Every connection's children. When a connection answers to the name already, a list that cannot be had is done
/// without: otherwise Duo's trouble with one account would close all of them.
async fn list(children: &Children, context: &TenantContext, found: bool, now: bool) -> Result<Listed, TenantError> {
    let mut out = Vec::new();
    for connection in &context.connections {
        let list =
            if now { children.list_now(context, connection).await } else { children.list(context, connection).await };
        match list {
            Ok(list) => out.extend(list.iter().map(|child| (Arc::clone(connection), child.clone()))),
            Err(error) if found => {
                tracing::warn!(tenant.id = %context.tenant.id, %error, "the child accounts cannot be listed");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(out)
}

fn fits(child: &Child, given: &str) -> bool {
    child.id.as_str().eq_ignore_ascii_case(given) || child.name.trim().to_lowercase() == given.to_lowercase()
}

fn choose(
    context: &Arc<TenantContext>,
    given: &str,
    own: Option<&Arc<ConnectionContext>>,
    listed: &Listed,
) -> Result<Account, TenantError> {
    let known = || {
        let children = listed.iter().map(|(_, child)| child.name.clone());
        context.names().into_iter().chain(children).collect()
    };
    let mut fitting: Vec<&(Arc<ConnectionContext>, Child)> =
        listed.iter().filter(|(_, child)| fits(child, given)).collect();
    // Two connections may reach the same child; either will do.
    fitting.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    fitting.dedup_by(|a, b| a.1.id == b.1.id);
    match (own, fitting.as_slice()) {
        (Some(connection), []) => Ok(Account::own(context, connection)),
        (None, [(connection, child)]) => Ok(Account::child(context, connection, child.account()?)),
        (None, []) => Err(TenantError::NoSuchAccount { given: given.to_owned(), known: known() }),
        (own, several) => {
            let own = own.map(|connection| connection.connection.id.to_string());
            let ids = own.into_iter().chain(several.iter().map(|(_, child)| child.id.to_string())).collect();
            Err(TenantError::AmbiguousAccount { name: given.to_owned(), ids })
        }
    }
}
