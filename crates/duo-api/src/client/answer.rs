//! Duo's answer: the envelope taken off, the contents left as they came.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::{DuoError, Refusal, clean};

/// A successful answer.
#[derive(Debug)]
pub struct Answer {
    /// What stood under `response`, byte for byte. An image is an object with `content_type` and `base64`.
    pub response: Box<RawValue>,
    /// What stood beside it: how a list goes on.
    pub metadata: Option<Metadata>,
    /// The HTTP status.
    pub status: u16,
    /// Duo's time in Unix milliseconds.
    pub server_date: Option<i64>,
}

/// How a list by offsets goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    /// How many objects there are.
    #[serde(default, deserialize_with = "lenient_count")]
    pub total_objects: Option<u64>,
    /// Where the next page starts; `None` on the last.
    #[serde(default, deserialize_with = "lenient_count")]
    pub next_offset: Option<u64>,
    /// Where the page before starts.
    #[serde(default, deserialize_with = "lenient_count")]
    pub prev_offset: Option<u64>,
}

impl Answer {
    /// The contents as a type of the caller's.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, DuoError> {
        serde_json::from_str(self.response.get())
            .map_err(|_| DuoError::Unreadable { status: self.status, why: "its contents have another shape" })
    }
}

/// A count as a number, as text, or as `{"value": n}`; anything else counts as absent.
pub(crate) fn lenient_count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(count(&Value::deserialize(deserializer)?))
}

fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        Value::Object(fields) => fields.get("value").and_then(count),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    stat: Cow<'a, str>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    metadata: Option<Metadata>,
    code: Option<Value>,
    message: Option<Value>,
    message_detail: Option<Value>,
}

/// What an envelope says.
pub(super) enum Opened {
    Answer(Answer),
    Refusal(Refusal),
    Unreadable(&'static str),
}

/// Reads an envelope without building a tree of its contents.
pub(super) fn open(status: u16, server_date: Option<i64>, body: &[u8]) -> Opened {
    let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(body) else {
        return Opened::Unreadable("it is not an envelope of Duo's");
    };
    let success = (200..300).contains(&status);
    match envelope.stat.as_ref() {
        "OK" if success => {
            let response = envelope.response.map_or_else(|| RawValue::NULL.to_owned(), ToOwned::to_owned);
            Opened::Answer(Answer { response, metadata: envelope.metadata, status, server_date })
        }
        "FAIL" => Opened::Refusal(refusal(status, &envelope)),
        _ => Opened::Unreadable("its status and its contents contradict each other"),
    }
}

/// The status that counts is the one in the code: Duo makes the one from the other.
fn refusal(status: u16, envelope: &Envelope<'_>) -> Refusal {
    let code = envelope.code.as_ref().and_then(count).and_then(|code| u32::try_from(code).ok());
    let from_code = code.map(|code| code / 100).filter(|status| (400..600).contains(status));
    let status = from_code.and_then(|status| u16::try_from(status).ok()).unwrap_or(status);
    let words = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).map(clean);
    Refusal {
        status,
        code: code.unwrap_or(u32::from(status) * 100),
        message: words(&envelope.message).unwrap_or_else(|| "no message".to_owned()),
        detail: words(&envelope.message_detail).filter(|detail| !detail.is_empty()),
    }
}

/// An image in the form of an answer.
pub(super) fn image(status: u16, server_date: Option<i64>, content_type: &str, body: &[u8]) -> Opened {
    #[derive(Serialize)]
    struct Image<'a> {
        content_type: &'a str,
        base64: String,
    }
    match serde_json::value::to_raw_value(&Image { content_type, base64: STANDARD.encode(body) }) {
        Ok(response) => Opened::Answer(Answer { response, metadata: None, status, server_date }),
        Err(_) => Opened::Unreadable("its image cannot be carried"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contents_stay_as_they_came() {
        let body = br#"{"stat": "OK", "response": {"b": 1.0,  "a": "x"}, "metadata": {"total_objects": 250, "next_offset": "100"}}"#;
        let Opened::Answer(answer) = open(200, None, body) else { panic!("an answer") };
        assert_eq!(answer.response.get(), r#"{"b": 1.0,  "a": "x"}"#);
        let metadata = answer.metadata.unwrap();
        assert_eq!((metadata.total_objects, metadata.next_offset, metadata.prev_offset), (Some(250), Some(100), None));
    }

    #[test]
    fn an_empty_text_and_nothing_are_answers() {
        for (body, contents) in [(r#"{"stat":"OK","response":""}"#, "\"\""), (r#"{"stat":"OK"}"#, "null")] {
            let Opened::Answer(answer) = open(200, None, body.as_bytes()) else { panic!("an answer") };
            assert_eq!(answer.response.get(), contents);
        }
    }

    #[test]
    fn a_refusal_keeps_only_duos_words() {
        let body = br#"{"stat":"FAIL","code":40002,"message":"Invalid\u0007","message_detail":"username","extra":"x"}"#;
        let Opened::Refusal(refusal) = open(400, None, body) else { panic!("a refusal") };
        assert_eq!(refusal.to_string(), "40002 Invalid (username)");
        let Opened::Refusal(refusal) = open(503, None, br#"{"stat":"FAIL"}"#) else { panic!("a refusal") };
        assert_eq!((refusal.status, refusal.code), (503, 50300));
    }

    #[test]
    fn everything_else_is_unreadable() {
        for (status, body) in
            [(200, "<html>"), (200, "{\"stat\":\"OK\",\"resp"), (500, r#"{"stat":"OK","response":1}"#)]
        {
            assert!(matches!(open(status, None, body.as_bytes()), Opened::Unreadable(_)), "{body}");
        }
    }
}
