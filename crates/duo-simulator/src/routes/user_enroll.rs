//! Enrolment by mail, begun by an administrator.

use serde_json::json;

use super::call::Call;
use crate::reply::{Answer, Outcome, Refusal};
use crate::world::{Activation, User};

/// Makes the user if need be, and answers the code that the mailed link carries.
pub(super) fn enroll(call: &mut Call<'_>) -> Outcome {
    let username = call.params.required("username")?;
    let email = call.params.required("email")?;
    let valid_secs = call.params.number("valid_secs")?.unwrap_or(2_592_000);
    if valid_secs < 0 {
        return Err(Refusal::invalid("valid_secs"));
    }
    let code = call.world.random.word(20);
    let fresh = call.world.random.id("DU");
    let now_ms = call.now_ms;
    let known = call.account()?.user_named(&username).map(|user| user.user_id.clone());
    let account = call.account_mut()?;
    let user_id = known.unwrap_or_else(|| {
        account.insert_user(User::new(fresh.clone(), username.trim(), now_ms));
        fresh
    });
    let expires_ms = if valid_secs == 0 { i64::MAX } else { now_ms + valid_secs * 1000 };
    if let Some(user) = account.users.get_mut(&user_id) {
        email.trim().clone_into(&mut user.email);
        user.activation = Some(Activation { code: code.clone(), expires_ms, used: false });
    }
    call.world.sent.push(json!({"kind": "enrollment_email", "to": email, "code": code, "at_ms": now_ms}));
    call.log("user_enroll", "user", &user_id, &username, json!({"email": email}));
    Ok(Answer::Json(code.into()))
}
