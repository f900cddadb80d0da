//! `list_accounts`: every account that `account` can name.

use super::super::corridor::CallRequest;
use super::super::error::CallError;
use super::super::parts::Calls;
use crate::tenants::TenantError;
use crate::tools::arguments::Text;
use crate::tools::house::{AccountRow, Accounts, ListAccounts};

/// How many accounts an answer holds: about 7,000 tokens.
const MOST: usize = 150;

impl Calls {
    pub(super) async fn list_accounts(&self, call: &CallRequest, asked: ListAccounts) -> Result<Accounts, CallError> {
        let only = asked.account.as_ref().map(Text::as_str);
        if let Some(given) = only
            && call.context.connection(given).is_none()
        {
            let known = call.context.names();
            return Err(TenantError::NoSuchConnection { name: given.to_owned(), known }.into());
        }
        let (mut accounts, mut problems) = (Vec::new(), Vec::new());
        for connection in &call.context.connections {
            let name = connection.connection.name.to_string();
            if only.is_some_and(|only| !only.eq_ignore_ascii_case(&name)) {
                continue;
            }
            accounts.push(AccountRow {
                name: name.clone(),
                account_id: String::new(),
                kind: "connection".into(),
                connection: name.clone(),
                host: connection.connection.host.as_str().to_owned(),
            });
            match self.parts().children.list_now(&call.context, connection).await {
                Ok(children) => accounts.extend(children.iter().map(|child| AccountRow {
                    name: child.name.clone(),
                    account_id: child.id.as_str().to_owned(),
                    kind: "child".into(),
                    connection: name.clone(),
                    host: child.host.as_ref().map(|host| host.as_str().to_owned()).unwrap_or_default(),
                })),
                Err(error) => problems.push(format!("{name}: {error}")),
            }
        }
        let total = accounts.len();
        accounts.truncate(MOST);
        Ok(Accounts { returned: accounts.len(), total, truncated: total > MOST, accounts, problems })
    }
}
