//! The two ways in which Duo's requests escape text.

use std::fmt::Write as _;

/// Escapes every byte of the UTF-8 text but `A-Za-z0-9_.~-`, in upper-case hex: the form that is signed.
pub fn percent_encode(text: &str) -> String {
    encode(text, false)
}

/// The parameters as a query or a form: as [`percent_encode`], but a space is `+`. The order is kept.
pub fn form_text(params: &[(String, String)]) -> String {
    let pairs: Vec<String> =
        params.iter().map(|(name, value)| format!("{}={}", encode(name, true), encode(value, true))).collect();
    pairs.join("&")
}

fn encode(text: &str, space_is_plus: bool) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'~' | b'-' => out.push(char::from(byte)),
            b' ' if space_is_plus => out.push('+'),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_few_characters_stay_literal() {
        assert_eq!(percent_encode("aZ09_.~-"), "aZ09_.~-");
        assert_eq!(percent_encode("a b+c*!'()/é"), "a%20b%2Bc%2A%21%27%28%29%2F%C3%A9");
    }

    #[test]
    fn a_space_on_the_wire_is_a_plus() {
        let params = [("a b".to_owned(), "1 + 1".to_owned()), ("e".to_owned(), String::new())];
        assert_eq!(form_text(&params), "a+b=1+%2B+1&e=");
    }
}
