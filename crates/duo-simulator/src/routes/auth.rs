//! The Auth API but for the login itself: check, logo, preauth, enroll.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::call::Call;
use crate::clock::secs;
use crate::reply::{Answer, Outcome, Refusal};
use crate::rule::{Rule, broken};
use crate::world::{Account, Activation, Phone, Status, User};

/// One transparent pixel.
const LOGO: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4, 0x89, 0x00, 0x00, 0x00, 0x0d, 0x49,
    0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x00, 0x01, 0x00, 0x00, 0x05, 0x00, 0x01, 0x0d, 0x0a, 0x2d, 0xb4, 0x00, 0x00,
    0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// `ping` and `check`: the server's time.
pub(super) fn time(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::Json(json!({"time": secs(call.now_ms)})))
}

pub(super) fn logo(_: &mut Call<'_>) -> Outcome {
    Ok(Answer::Png(LOGO))
}

/// The user whom `username` or `user_id` names; nobody, if Duo does not know them.
pub(super) fn named_user<'a>(call: &'a Call<'_>) -> Result<Option<&'a User>, Refusal> {
    let account = call.account()?;
    match (call.params.filled("username"), call.params.filled("user_id")) {
        (Some(_), Some(_)) => Err(Refusal::invalid("username")),
        (None, None) => Err(Refusal::missing("username")),
        (Some(name), None) => Ok(account.user_named(&name)),
        (None, Some(id)) => account.users.get(&id).map(Some).ok_or_else(|| Refusal::invalid("user_id")),
    }
}

/// May this person log in, and how?
pub(super) fn preauth(call: &mut Call<'_>) -> Outcome {
    let code = call.world.random.hex(16);
    let account = call.account()?;
    let portal = format!("https://{}/portal?code={code}", account.host);
    let Some(user) = named_user(call)? else { return Ok(enroll_first(&portal)) };
    let says = |result: &str, text: &str| Ok(Answer::Json(json!({"result": result, "status_msg": text})));
    match account.effective_status(user) {
        Status::Bypass => says("allow", "Account is in bypass mode"),
        Status::Disabled => says("deny", "Your account is disabled and cannot access this application"),
        Status::PendingDeletion => says("deny", "Your account is pending deletion and cannot access this application"),
        Status::LockedOut => says("deny", "Your account has been locked out due to excessive authentication failures"),
        Status::Active if !user.is_enrolled => Ok(enroll_first(&portal)),
        Status::Active => Ok(Answer::Json(json!({
            "result": "auth",
            "status_msg": "Account is active",
            "devices": devices(account, user),
        }))),
    }
}

fn enroll_first(portal: &str) -> Answer {
    Answer::Json(json!({
        "result": "enroll",
        "status_msg": "Enroll an authentication device to proceed",
        "enroll_portal_url": portal,
    }))
}

fn devices(account: &Account, user: &User) -> Vec<Value> {
    let phones = user.phones.iter().filter_map(|id| account.phones.get(id)).map(|phone| show_phone(user, phone));
    let tokens = user
        .tokens
        .iter()
        .filter_map(|id| account.tokens.get(id))
        .map(|token| json!({"device": token.token_id, "name": token.serial, "type": "token"}));
    phones.chain(tokens).collect()
}

fn show_phone(user: &User, phone: &Phone) -> Value {
    let title = match phone.platform.as_str() {
        "apple ios" => "iOS",
        "google android" => "Android",
        _ if phone.kind == "landline" => "Landline",
        _ => "Phone",
    };
    let shown = if phone.number.is_empty() { title.to_owned() } else { format!("{title} ({})", phone.masked()) };
    let mut device = json!({
        "device": phone.phone_id,
        "type": "phone",
        "display_name": shown,
        "name": phone.name,
        "number": phone.masked(),
        "capabilities": phone.capabilities(),
    });
    if phone.can("sms") {
        device["sms_nextcode"] = user.sms_passcodes.first().and_then(|code| code.get(..1)).unwrap_or("1").into();
    }
    device
}

/// Makes a new user and the link with which they add their phone.
pub(super) fn enroll(call: &mut Call<'_>) -> Outcome {
    let username = match call.params.filled("username") {
        Some(name) => name.trim().to_owned(),
        None => format!("user-{}", call.world.random.hex(10)),
    };
    let valid_secs = call.params.number("valid_secs")?.unwrap_or(86_400);
    let codes = call.params.number("bypass_codes")?.unwrap_or(0);
    if valid_secs < 0 || !(0..=100).contains(&codes) {
        return Err(Refusal::invalid(if valid_secs < 0 { "valid_secs" } else { "bypass_codes" }));
    }
    if call.account()?.user_named(&username).is_some() {
        return Err(Refusal::invalid("username already exists"));
    }
    let now_ms = call.now_ms;
    let expires_ms = now_ms + valid_secs * 1000;
    let mut user = User::new(call.world.random.id("DU"), &username, now_ms);
    let token = call.world.random.word(20);
    let host = call.account()?.host.clone();
    let code = format!("duo://{token}-{}", STANDARD.encode(&host));
    user.activation = Some(Activation { code: code.clone(), expires_ms, used: false });
    let user_id = user.user_id.clone();
    call.account_mut()?.insert_user(user);
    let mut shown = json!({
        "user_id": user_id,
        "username": username,
        "activation_barcode": format!("https://{host}/frame/qr?value={token}"),
        "activation_code": code,
        "activation_url": format!("https://m-{}/activate/{token}", host.trim_start_matches("api-")),
        "expiration": secs(expires_ms),
    });
    if codes > 0 {
        let made = super::bypass_codes::mint(call, &user_id, codes, Some(1), None)?;
        shown["bypass_codes"] = json!(made);
    }
    call.log("user_create", "user", &user_id, &username, json!({"via": "enroll"}));
    Ok(Answer::Json(shown))
}

pub(super) fn enroll_status(call: &mut Call<'_>) -> Outcome {
    let user_id = call.params.required("user_id")?;
    let code = call.params.required("activation_code")?;
    let now_ms = call.now_ms;
    let activation = call.account()?.users.get(&user_id).and_then(|user| user.activation.as_ref());
    let word = match activation.filter(|activation| activation.code == code || broken(Rule::EnrolCodeCompared)) {
        None => "invalid",
        Some(activation) if activation.used => "success",
        Some(activation) if activation.expires_ms < now_ms && !broken(Rule::EnrolCodeExpires) => "invalid",
        Some(_) => "waiting",
    };
    Ok(Answer::Json(word.into()))
}
