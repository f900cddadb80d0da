//! The Accounts API: child accounts listed, made and deleted.

use serde_json::{Value, json};

use super::call::Call;
use crate::reply::{Answer, Outcome};
use crate::rule::{Rule, broken};
use crate::world::{Account, new_account};

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::Json(Value::Array(call.world.children().map(Account::show).collect())))
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let name = call.params.required("name")?;
    let account = new_account(&mut call.world.random, &name, call.now_ms);
    let shown = account.show();
    let account_id = account.account_id.clone();
    call.world.accounts.insert(account_id.clone(), account);
    call.log("account_create", "account", &account_id, &name, json!({"name": name}));
    Ok(Answer::Json(shown))
}

/// At once and for good, with everything in it; an id that nobody has is as good as deleted.
pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let account_id = call.params.required("account_id")?;
    if account_id != call.world.parent_id
        && !broken(Rule::AccountDeleted)
        && let Some(account) = call.world.accounts.remove(&account_id)
    {
        call.log("account_delete", "account", &account_id, &account.name, json!({"name": account.name}));
    }
    Ok(Answer::empty())
}
