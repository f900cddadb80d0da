//! The account at large: summary, settings, applications, administrators.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::page::page;
use crate::reply::{Answer, Outcome};
use crate::world::{Application, ApplicationKind, Grant};

const MOST: usize = 500;

pub(super) fn summary(call: &mut Call<'_>) -> Outcome {
    let account = call.account()?;
    let pending = account.users.values().filter(|user| user.trashed_ms.is_some()).count();
    let applications = call.world.applications.iter().filter(|app| app.account_id == account.account_id).count();
    Ok(Answer::Json(json!({
        "admin_count": account.admins.len(),
        "integration_count": applications,
        "telephony_credits_remaining": account.credits,
        "user_count": account.users.len() - pending,
        "user_pending_deletion_count": pending,
        "edition": account.edition,
    })))
}

pub(super) fn settings(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::Json(Value::Object(call.account()?.settings.clone())))
}

pub(super) fn admins(call: &mut Call<'_>) -> Outcome {
    let admins = &call.account()?.admins;
    page(&call.params, MOST, admins.len(), admins.iter(), Value::clone)
}

pub(super) fn integrations(call: &mut Call<'_>) -> Outcome {
    let found: Vec<&Application> =
        call.world.applications.iter().filter(|app| app.account_id == call.account_id).collect();
    page(&call.params, MOST, found.len(), found.into_iter(), show)
}

fn show(application: &Application) -> Value {
    let kind = match application.kind {
        ApplicationKind::Auth => "authapi",
        ApplicationKind::Admin => "adminapi",
        ApplicationKind::Accounts => "accountsapi",
    };
    let mut shown = Map::new();
    for grant in Grant::ALL {
        shown.insert(grant.flag().to_owned(), u8::from(application.grants.contains(&grant)).into());
    }
    let rest = json!({
        "integration_key": application.ikey, "name": application.name, "type": kind, "policy_key": Value::Null,
        "user_access": "ALL_USERS", "groups_allowed": [], "enroll_policy": "enroll", "greeting": "", "notes": "",
        "networks_for_api_access": "", "ip_whitelist": [], "self_service_allowed": false,
        "username_normalization_policy": "None", "prompt_v4_enabled": 1, "frameless_auth_prompt_enabled": 1,
        "sso": {},
    });
    if let Value::Object(rest) = rest {
        shown.extend(rest);
    }
    Value::Object(shown)
}
