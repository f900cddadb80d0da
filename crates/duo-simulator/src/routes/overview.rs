//! The account at large: summary and settings.

use serde_json::{Value, json};

use super::call::Call;
use crate::reply::{Answer, Outcome};

pub(super) fn summary(call: &mut Call<'_>) -> Outcome {
    let account = call.account()?;
    let pending = account.users.values().filter(|user| user.trashed_ms.is_some()).count();
    let applications = call.world.applications.iter().filter(|app| app.account_id == account.account_id).count();
    Ok(Answer::Json(json!({
        "admin_count": account.admins.len(),
        "integration_count": applications + account.integrations.len(),
        "telephony_credits_remaining": account.credits,
        "user_count": account.users.len() - pending,
        "user_pending_deletion_count": pending,
        "edition": account.edition,
    })))
}

pub(super) fn settings(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::Json(Value::Object(call.account()?.settings.clone())))
}
