//! Applications of an account, as its administrators see and make them.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::page::page;
use crate::reply::{Answer, Outcome};
use crate::world::{Application, ApplicationKind, Grant};

const MOST: usize = 500;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let ours = call.world.applications.iter().filter(|app| app.account_id == call.account_id).map(show);
    let found: Vec<Value> = ours.chain(call.account()?.integrations.iter().cloned()).collect();
    page(&call.params, MOST, found.len(), found.into_iter(), |shown| shown)
}

/// Makes an application that protects something; its key opens none of the APIs here.
pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let (name, kind) = (call.params.required("name")?, call.params.required("type")?);
    let ikey = call.world.random.id("DI");
    let mut made = usual(&ikey, &name, &kind);
    for field in ["greeting", "notes", "enroll_policy", "sso", "user_access"] {
        if let Some(value) = call.params.json(field) {
            made.insert(field.to_owned(), value.clone());
        }
    }
    call.account_mut()?.integrations.push(Value::Object(made.clone()));
    call.log("integration_create", "integration", &ikey, &name, json!({"type": kind}));
    // Shown here and never again.
    made.insert("secret_key".to_owned(), call.world.random.secret_key().into());
    Ok(Answer::Json(Value::Object(made)))
}

fn show(application: &Application) -> Value {
    let kind = match application.kind {
        ApplicationKind::Auth => "authapi",
        ApplicationKind::Admin => "adminapi",
        ApplicationKind::Accounts => "accountsapi",
    };
    let mut shown = usual(&application.ikey, &application.name, kind);
    for grant in Grant::ALL {
        shown.insert(grant.flag().to_owned(), u8::from(application.grants.contains(&grant)).into());
    }
    Value::Object(shown)
}

fn usual(ikey: &str, name: &str, kind: &str) -> Map<String, Value> {
    let mut shown: Map<String, Value> =
        Grant::ALL.iter().map(|grant| (grant.flag().to_owned(), Value::from(0))).collect();
    let rest = json!({
        "integration_key": ikey, "name": name, "type": kind, "policy_key": Value::Null,
        "user_access": "ALL_USERS", "groups_allowed": [], "enroll_policy": "enroll", "greeting": "", "notes": "",
        "networks_for_api_access": "", "ip_whitelist": [], "self_service_allowed": false,
        "username_normalization_policy": "None", "prompt_v4_enabled": 1, "frameless_auth_prompt_enabled": 1,
        "sso": {},
    });
    if let Value::Object(rest) = rest {
        shown.extend(rest);
    }
    shown
}
