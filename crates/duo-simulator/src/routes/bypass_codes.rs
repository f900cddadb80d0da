//! Bypass codes: made and shown once, then only told about.

use serde_json::{Value, json};

use super::call::Call;
use super::page::page;
use crate::reply::{Answer, Outcome, Refusal};
use crate::rule::{Rule, broken};
use crate::world::{BypassCode, OBJECT_LIMIT, digest};

const MOST: usize = 500;

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let (user_id, username) = call.user().map(|user| (user.user_id.clone(), user.username.clone()))?;
    let given = call.params.filled("codes");
    let count = call.params.number("count")?;
    if given.is_some() && count.is_some() {
        return Err(Refusal::invalid("count and codes exclude each other"));
    }
    let uses = match call.params.number("reuse_count")?.unwrap_or(1) {
        uses if uses < 0 => return Err(Refusal::invalid("reuse_count")),
        0 => None,
        uses => Some(uses),
    };
    let expires_ms = match call.params.number("valid_secs")?.unwrap_or(0) {
        secs if secs < 0 => return Err(Refusal::invalid("valid_secs")),
        0 => None,
        secs => Some(call.now_ms + secs * 1000),
    };
    if !call.params.flag("preserve_existing")?.unwrap_or(false) && !broken(Rule::CodesReplaced) {
        call.account_mut()?.bypass_codes.retain(|_, code| code.user_id != user_id);
    }
    let made = match given {
        Some(list) => {
            let codes: Vec<String> = list.split(',').map(|code| code.trim().to_owned()).collect();
            if codes.iter().any(|code| code.len() < 4 || !code.chars().all(|c| c.is_ascii_digit())) {
                return Err(Refusal::invalid("codes"));
            }
            put(call, &user_id, &codes, uses, expires_ms)?;
            codes
        }
        None => mint(call, &user_id, count.unwrap_or(if broken(Rule::TenCodes) { 1 } else { 10 }), uses, expires_ms)?,
    };
    call.log("bypass_create", "user", &user_id, &username, json!({"count": made.len()}));
    Ok(Answer::Json(made.into_iter().map(Value::from).collect()))
}

/// Makes random codes for a user and gives them in the clear, for the only time.
pub(super) fn mint(
    call: &mut Call<'_>,
    user_id: &str,
    count: i64,
    uses: Option<i64>,
    expires_ms: Option<i64>,
) -> Result<Vec<String>, Refusal> {
    let count = usize::try_from(count).ok().filter(|n| (1..=OBJECT_LIMIT).contains(n));
    let count = count.ok_or_else(|| Refusal::invalid("count"))?;
    let codes: Vec<String> = (0..count).map(|_| call.world.random.digits(9)).collect();
    put(call, user_id, &codes, uses, expires_ms)?;
    Ok(codes)
}

fn put(
    call: &mut Call<'_>,
    user_id: &str,
    codes: &[String],
    uses: Option<i64>,
    expires_ms: Option<i64>,
) -> Result<(), Refusal> {
    let has = call.account()?.bypass_codes.values().filter(|code| code.user_id == user_id).count();
    if has + codes.len() > OBJECT_LIMIT && !broken(Rule::HundredCodes) {
        return Err(Refusal::internal());
    }
    for code in codes {
        let made = BypassCode {
            bypass_code_id: call.world.random.id("DB"),
            user_id: user_id.to_owned(),
            digest: digest(code),
            created_ms: call.now_ms,
            expires_ms,
            uses,
            admin_email: String::new(),
        };
        call.account_mut()?.bypass_codes.insert(made.bypass_code_id.clone(), made);
    }
    Ok(())
}

pub(super) fn of_user(call: &mut Call<'_>) -> Outcome {
    let user_id = call.user()?.user_id.clone();
    let account = call.account()?;
    let found: Vec<_> = account.bypass_codes.values().filter(|code| code.user_id == user_id).collect();
    page(&call.params, MOST, found.len(), found.into_iter(), BypassCode::show)
}

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let account = call.account()?;
    page(&call.params, MOST, account.bypass_codes.len(), account.bypass_codes.values(), |code| {
        account.show_bypass_code(code)
    })
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let account = call.account()?;
    let code = account.bypass_codes.get(&call.place(0)).ok_or_else(Refusal::not_found)?;
    Ok(Answer::Json(account.show_bypass_code(code)))
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.place(0);
    if call.account_mut()?.bypass_codes.remove(&id).is_none() {
        return Err(Refusal::not_found());
    }
    call.log("bypass_delete", "bypass_code", &id, "", json!({}));
    Ok(Answer::empty())
}
