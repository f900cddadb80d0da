//! Answers made fit for a reader: cleaned text, no secrets, masked numbers.

use serde_json::{Map, Value};

use crate::domain::text::{is_misleading, is_plain};

/// The longest text that a field shows.
const LONGEST: usize = 1000;

/// Takes out of an answer, at any depth, what must not reach a model: secrets by the name of their key, and in texts
/// the control, bidirectional and invisible characters by which a stranger could mislead a reader.
pub fn clean(value: &mut Value) {
    match value {
        Value::String(text) => {
            if needs_cleaning(text) {
                *text = clean_text(text, LONGEST);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(fields) => {
            if fields.keys().any(|key| is_secret(key)) {
                fields.retain(|key, _| !is_secret(key));
            }
            fields.values_mut().for_each(clean);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a field of this name holds what opens something.
pub fn is_secret(key: &str) -> bool {
    const WHOLE: [&str; 11] = [
        "skey",
        "secret_key",
        "client_secret",
        "activation_barcode",
        "activation_code",
        "activation_url",
        "enroll_portal_url",
        "trusted_device_token",
        "verification_code",
        "totp_secret",
        "passcode",
    ];
    WHOLE.contains(&key) || key.ends_with("_secret") || key.ends_with("_skey")
}

fn needs_cleaning(text: &str) -> bool {
    text.len() > LONGEST || (!is_plain(text.as_bytes()) && text.chars().any(is_odd))
}

/// The text without misleading characters, cut to `longest` characters.
pub fn clean_text(text: &str, longest: usize) -> String {
    let mut out: String = text.chars().filter(|c| !is_odd(*c)).take(longest + 1).collect();
    if out.chars().count() > longest {
        out = out.chars().take(longest.saturating_sub(1)).collect();
        out.push('…');
    }
    out
}

/// What misleads; line breaks and tabs are part of what people write.
fn is_odd(c: char) -> bool {
    is_misleading(c) && c != '\n' && c != '\t'
}

/// A phone number with all but its end hidden.
pub fn mask_number(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    match digits.len() {
        0 => String::new(),
        1..=4 => "…".to_owned(),
        _ => format!("…{}", digits[digits.len() - 4..].iter().collect::<String>()),
    }
}

/// Drops what says nothing: nulls, empty texts, empty lists.
pub fn drop_empty(fields: &mut Map<String, Value>) {
    fields.retain(|_, value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_go_at_any_depth() {
        let mut value =
            json!({"a": [{"secret_key": "x", "name": "n"}], "enroll_portal_url": "y", "b": {"my_secret": 1}});
        clean(&mut value);
        assert_eq!(value, json!({"a": [{"name": "n"}], "b": {}}));
    }

    #[test]
    fn a_stranger_cannot_turn_the_text_round() {
        let mut value = json!({"name": "evil\u{202e}nimda\u{200b}\u{1b}[31m"});
        clean(&mut value);
        assert_eq!(value, json!({"name": "evilnimda[31m"}));
        assert_eq!(clean_text(&"x".repeat(2000), 1000).chars().count(), 1000);
    }

    #[test]
    fn a_number_shows_its_end() {
        assert_eq!(mask_number("+1 555 555 0142"), "…0142");
        assert_eq!(mask_number("12"), "…");
        assert_eq!(mask_number(""), "");
    }
}
