//! Many users in one call: created, sent to the trash, restored.

use serde_json::{Value, json};

use super::call::Call;
use super::params::Params;
use super::users::{apply, check_names};
use crate::reply::{Answer, Outcome, Refusal};
use crate::rule::{Rule, broken};
use crate::world::{Account, TrashRefusal, User};

const MOST: usize = 100;
const FIELDS: &[&str] = &["username", "realname", "email", "status", "notes", "firstname", "lastname"];

/// All of them or none.
pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let Some(list) = call.params.json_list("users")? else { return Err(Refusal::missing("users")) };
    if list.is_empty() || list.len() > MOST {
        return Err(Refusal::invalid("users"));
    }
    let mut made: Vec<User> = Vec::with_capacity(list.len());
    for item in &list {
        let fields = item.as_object().ok_or_else(|| Refusal::invalid("users"))?;
        if fields.keys().any(|name| !FIELDS.contains(&name.as_str())) {
            return Err(Refusal::invalid("users"));
        }
        let params = Params::of(fields);
        let username = params.required("username")?;
        let mut user = User::new(call.world.random.id("DU"), username.trim(), call.now_ms);
        apply(&mut user, &params)?;
        check_names(call.account()?, &user)?;
        if made.iter().any(|other| other.username.eq_ignore_ascii_case(&user.username)) {
            return Err(Refusal::duplicate(&user.username));
        }
        if broken(Rule::BulkAllOrNone) {
            call.account_mut()?.insert_user(user.clone());
        }
        made.push(user);
    }
    let mut shown = Vec::with_capacity(made.len());
    for user in made {
        let account = call.account_mut()?;
        shown.push(account.show_user(&user));
        let (id, name) = (user.user_id.clone(), user.username.clone());
        account.insert_user(user);
        call.log("user_create", "user", &id, &name, json!({"via": "bulk_create"}));
    }
    Ok(Answer::Json(Value::Array(shown)))
}

/// Into the trash; users of a directory and unknown ones are left as they are.
pub(super) fn trash(call: &mut Call<'_>) -> Outcome {
    let now_ms = call.now_ms;
    each(call, "user_pending_deletion", |account, id| account.trash(id, now_ms))
}

/// Out of the trash, disabled.
pub(super) fn restore(call: &mut Call<'_>) -> Outcome {
    each(call, "user_restore", Account::restore)
}

fn each(call: &mut Call<'_>, action: &str, act: impl Fn(&mut Account, &str) -> Result<(), TrashRefusal>) -> Outcome {
    let ids = call.params.id_list("user_id_list")?.ok_or_else(|| Refusal::missing("user_id_list"))?;
    let (mut done, mut left) = (Vec::new(), Vec::new());
    for id in ids {
        match act(call.account_mut()?, &id) {
            Ok(()) => {
                let name = call.account()?.users.get(&id).map(|user| user.username.clone()).unwrap_or_default();
                call.log(action, "user", &id, &name, json!({}));
                done.push(Value::from(id));
            }
            Err(refusal) => left.push(json!({"user_id": id, "reason": refusal.word()})),
        }
    }
    Ok(Answer::Json(json!({"succeeded": done, "failed": left})))
}
