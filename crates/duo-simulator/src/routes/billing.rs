//! Editions and telephony credits of child accounts.

use serde_json::json;

use super::call::Call;
use crate::reply::{Answer, Outcome, Refusal};
use crate::rule::{Rule, broken};

/// What a child can be set to; `PERSONAL` can only be read.
const EDITIONS: &[&str] = &["ENTERPRISE", "PLATFORM", "BEYOND"];

pub(super) fn get_edition(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::Json(json!({"edition": call.account()?.edition})))
}

pub(super) fn set_edition(call: &mut Call<'_>) -> Outcome {
    let edition = call.params.required("edition")?;
    if !EDITIONS.contains(&edition.as_str()) && !broken(Rule::EditionsNamed) {
        return Err(Refusal::invalid("edition"));
    }
    let account = call.account_mut()?;
    let (id, name) = (account.account_id.clone(), account.name.clone());
    let before = std::mem::replace(&mut account.edition, edition.clone());
    call.log("edition_update", "account", &id, &name, json!({"from": before, "to": edition}));
    Ok(Answer::empty())
}

pub(super) fn get_credits(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::Json(json!({"credits": call.account()?.credits})))
}

/// Sets the child's total; the parent pays the difference, or gets it back.
pub(super) fn set_credits(call: &mut Call<'_>) -> Outcome {
    call.params.required("credits")?;
    let total = call.params.number("credits")?.filter(|n| *n >= 0).ok_or_else(|| Refusal::invalid("credits"))?;
    let before = call.account()?.credits;
    let cost = total - before;
    let parent_id = call.world.parent_id.clone();
    let parent = call.world.account_mut(&parent_id).ok_or_else(Refusal::internal)?;
    if parent.credits < cost && !broken(Rule::CreditsCovered) {
        return Err(Refusal::invalid("credits"));
    }
    if !broken(Rule::ParentPays) {
        parent.credits -= cost;
    }
    let account = call.account_mut()?;
    account.credits = total;
    let (id, name) = (account.account_id.clone(), account.name.clone());
    call.log("telephony_credits_update", "account", &id, &name, json!({"from": before, "to": total}));
    Ok(Answer::empty())
}
