//! Administrators: listed, made and changed.

use serde_json::{Value, json};

use super::call::Call;
use super::page::page;
use crate::clock::secs;
use crate::reply::{Answer, Outcome, Refusal};

const MOST: usize = 500;
const ROLES: &[&str] = &[
    "Owner",
    "Administrator",
    "Application Manager",
    "User Manager",
    "Security Analyst",
    "Help Desk",
    "Billing",
    "Phishing Manager",
    "Read-only",
];

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let admins = &call.account()?.admins;
    page(&call.params, MOST, admins.len(), admins.iter(), Value::clone)
}

/// Without a role an administrator is an Owner, as with Duo.
pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let (name, email) = (call.params.required("name")?, call.params.required("email")?);
    if call.account()?.admins.iter().any(|admin| admin["email"].as_str() == Some(email.as_str())) {
        return Err(Refusal::duplicate("email"));
    }
    let id = call.world.random.id("DE");
    let mut made = json!({
        "admin_id": id, "name": name, "email": email, "phone": "", "role": "Owner", "status": "Pending Activation",
        "created": secs(call.now_ms), "last_login": Value::Null, "hardtoken": Value::Null,
        "restricted_by_admin_units": false, "password_change_required": false, "directory_key": Value::Null,
        "subaccount_role": Value::Null,
    });
    apply(&mut made, call)?;
    call.account_mut()?.admins.push(made.clone());
    call.log("admin_create", "admin", &id, &name, call.params.to_json());
    Ok(Answer::Json(made))
}

pub(super) fn modify(call: &mut Call<'_>) -> Outcome {
    let id = call.place(0);
    let at = call.account()?.admins.iter().position(|admin| admin["admin_id"].as_str() == Some(id.as_str()));
    let at = at.ok_or_else(Refusal::not_found)?;
    let mut changed = call.account()?.admins[at].clone();
    apply(&mut changed, call)?;
    call.account_mut()?.admins[at] = changed.clone();
    let name = changed["name"].as_str().unwrap_or_default().to_owned();
    call.log("admin_update", "admin", &id, &name, call.params.to_json());
    Ok(Answer::Json(changed))
}

fn apply(admin: &mut Value, call: &Call<'_>) -> Result<(), Refusal> {
    for name in ["name", "phone", "subaccount_role"] {
        if let Some(text) = call.params.filled(name) {
            admin[name] = text.into();
        }
    }
    if let Some(flag) = call.params.flag("password_change_required")? {
        admin["password_change_required"] = flag.into();
    }
    for (name, allowed) in [("role", ROLES), ("status", &["Active", "Disabled"])] {
        if let Some(word) = call.params.filled(name) {
            if !allowed.contains(&word.as_str()) {
                return Err(Refusal::invalid(name));
            }
            admin[name] = word.into();
        }
    }
    Ok(())
}
