//! Phones, and what can be sent to them.

use serde_json::{Value, json};

use super::call::Call;
use super::page::page;
use crate::reply::{Answer, Outcome, Refusal};
use crate::rule::{Rule, broken};
use crate::world::{Dialled, Phone};

const MOST: usize = 500;
const KINDS: &[&str] = &["unknown", "mobile", "landline"];

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let account = call.account()?;
    let number = call.params.filled("number").map(|number| normal(&number));
    let extension = call.params.filled("extension").unwrap_or_default();
    let fits = |phone: &&Phone| number.as_ref().is_none_or(|n| phone.number == *n && phone.extension == extension);
    let found: Vec<&Phone> = account.phones.values().filter(fits).collect();
    page(&call.params, MOST, found.len(), found.into_iter(), |phone| account.show_phone(phone))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let phone = phone(call)?;
    Ok(Answer::Json(call.account()?.show_phone(phone)))
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let mut phone = Phone::new(call.world.random.id("DP"));
    apply(&mut phone, call)?;
    keep(call, phone, "phone_create")
}

pub(super) fn modify(call: &mut Call<'_>) -> Outcome {
    let mut changed = phone(call)?.clone();
    apply(&mut changed, call)?;
    keep(call, changed, "phone_update")
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.place(0);
    let users = call.account()?.phones.get(&id).map(|phone| phone.users.clone());
    if let Some(users) = users {
        let account = call.account_mut()?;
        for user in &users {
            account.unlink_phone(user, &id);
        }
        let number = account.phones.remove(&id).map(|phone| phone.number).unwrap_or_default();
        call.log("phone_delete", "phone", &id, &number, json!({}));
    }
    Ok(Answer::empty())
}

/// A link that activates Duo Mobile; whatever was activated before is no longer.
pub(super) fn activation_url(call: &mut Call<'_>) -> Outcome {
    let (link, valid_secs) = activation(call)?;
    let mut shown = json!({
        "activation_url": link,
        "activation_barcode": format!("{link}/qr"),
        "valid_secs": valid_secs,
    });
    if call.params.flag("install")?.unwrap_or(false) {
        shown["installation_url"] = "https://m-simulated.duosecurity.com/install".into();
    }
    sent(call, "activation_url", &link)?;
    Ok(Answer::Json(shown))
}

pub(super) fn send_activation(call: &mut Call<'_>) -> Outcome {
    let (link, valid_secs) = activation(call)?;
    let message = text(call, "activation_msg", "To activate Duo Mobile, open <acturl>", "<acturl>", &link)?;
    let mut shown =
        json!({"activation_barcode": format!("{link}/qr"), "activation_msg": message, "valid_secs": valid_secs});
    if call.params.flag("install")?.unwrap_or(false) {
        shown["installation_msg"] = installation_text(call)?.into();
    }
    sent(call, "sms_activation", &message)?;
    Ok(Answer::Json(shown))
}

pub(super) fn send_installation(call: &mut Call<'_>) -> Outcome {
    needs_smartphone(call)?;
    let message = installation_text(call)?;
    sent(call, "sms_installation", &message)?;
    Ok(Answer::Json(json!({"installation_msg": message})))
}

/// A new batch, which ends the one before it.
pub(super) fn send_passcodes(call: &mut Call<'_>) -> Outcome {
    let id = call.place(0);
    let users = phone(call)?.users.clone();
    if !phone(call)?.can("sms") {
        return Err(Refusal::invalid("phone is not capable of receiving SMS"));
    }
    let codes: Vec<String> = (0..10).map(|_| call.world.random.digits(7)).collect();
    let account = call.account_mut()?;
    for user in &users {
        if let Some(user) = account.users.get_mut(user) {
            user.sms_passcodes.clone_from(&codes);
        }
    }
    if let Some(phone) = account.phones.get_mut(&id) {
        phone.sms_passcodes_sent = true;
    }
    sent(call, "sms_passcodes", &codes.join(" "))?;
    Ok(Answer::empty())
}

fn phone<'a>(call: &'a Call<'_>) -> Result<&'a Phone, Refusal> {
    call.account()?.phones.get(&call.place(0)).ok_or_else(Refusal::not_found)
}

/// Digits and a plus; a number without one is taken for one of the United States.
fn normal(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let national = !number.trim().starts_with('+') && digits.len() == 10;
    if digits.is_empty() { digits } else { format!("+{}{digits}", if national { "1" } else { "" }) }
}

fn apply(phone: &mut Phone, call: &Call<'_>) -> Result<(), Refusal> {
    let params = &call.params;
    if let Some(number) = params.text("number") {
        if number.chars().any(char::is_alphabetic) {
            return Err(Refusal::invalid("number"));
        }
        phone.number = normal(&number);
    }
    let set = |field: &mut String, name: &str| {
        if let Some(text) = params.text(name) {
            *field = text;
        }
    };
    set(&mut phone.name, "name");
    set(&mut phone.extension, "extension");
    set(&mut phone.predelay, "predelay");
    set(&mut phone.postdelay, "postdelay");
    if let Some(kind) = params.filled("type") {
        let kind = kind.to_ascii_lowercase();
        phone.kind = Some(kind).filter(|k| KINDS.contains(&k.as_str())).ok_or_else(|| Refusal::invalid("type"))?;
    }
    if let Some(platform) = params.filled("platform") {
        phone.platform = platform.to_ascii_lowercase();
        if phone.platform != "unknown" && phone.platform_title() == "Unknown" {
            return Err(Refusal::invalid("platform"));
        }
    }
    Ok(())
}

fn keep(call: &mut Call<'_>, phone: Phone, action: &str) -> Outcome {
    let same = |other: &Phone| {
        other.phone_id != phone.phone_id && other.number == phone.number && other.extension == phone.extension
    };
    if !phone.number.is_empty() && call.account()?.phones.values().any(same) && !broken(Rule::PhoneNumberUnique) {
        return Err(Refusal::duplicate("number"));
    }
    let shown = call.account()?.show_phone(&phone);
    let (id, number) = (phone.phone_id.clone(), phone.number.clone());
    call.account_mut()?.phones.insert(id.clone(), phone);
    call.log(action, "phone", &id, &number, call.params.to_json());
    Ok(Answer::Json(shown))
}

fn needs_smartphone(call: &Call<'_>) -> Result<(), Refusal> {
    let phone = phone(call)?;
    let capable = phone.kind == "mobile" && phone.platform != "unknown";
    if capable { Ok(()) } else { Err(Refusal::invalid("phone type or platform")) }
}

fn activation(call: &mut Call<'_>) -> Result<(String, i64), Refusal> {
    needs_smartphone(call)?;
    let valid_secs = call.params.number("valid_secs")?.unwrap_or(86_400);
    if valid_secs <= 0 {
        return Err(Refusal::invalid("valid_secs"));
    }
    let id = call.place(0);
    let word = call.world.random.word(20);
    if let Some(phone) = call.account_mut()?.phones.get_mut(&id) {
        phone.activated &= broken(Rule::ActivationSilences);
    }
    Ok((format!("https://m-simulated.duosecurity.com/activate/{word}"), valid_secs))
}

fn text(call: &Call<'_>, name: &str, usual: &str, mark: &str, link: &str) -> Result<String, Refusal> {
    let template = call.params.filled(name).unwrap_or_else(|| usual.to_owned());
    if template.contains(mark) { Ok(template.replace(mark, link)) } else { Err(Refusal::invalid(name)) }
}

fn installation_text(call: &Call<'_>) -> Result<String, Refusal> {
    let link = "https://m-simulated.duosecurity.com/install";
    text(call, "installation_msg", "To install Duo Mobile, open <insturl>", "<insturl>", link)
}

/// Keeps what the phone would have received, and takes the credit that an SMS costs.
fn sent(call: &mut Call<'_>, kind: &str, content: &str) -> Result<(), Refusal> {
    let id = call.place(0);
    let to = phone(call)?.number.clone();
    let row: Value = json!({"kind": kind, "phone_id": id, "to": to, "text": content, "at_ms": call.now_ms});
    call.world.sent.push(row);
    if kind.starts_with("sms") {
        let dialled = Dialled { kind: "sms", context: "administrator", number: &to, txid: None };
        call.world.log_dialled(&call.account_id, dialled, call.now_ms);
    }
    call.log(kind, "phone", &id, &to, json!({}));
    Ok(())
}
