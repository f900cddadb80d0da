//! What Duo answers: the envelope, the codes and their texts.

use serde_json::{Map, Value, json};

use crate::rule::{Rule, broken};

/// A successful answer, before it becomes bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// `response` of the envelope.
    Json(Value),
    /// `response` and, beside it, the `metadata` of an offset-paged list.
    Page(Value, Value),
    /// A picture, outside of any envelope.
    Png(&'static [u8]),
}

impl Answer {
    /// The empty string with which Duo answers most deletions.
    pub(crate) fn empty() -> Self {
        Self::Json(Value::String(String::new()))
    }

    /// The answer's JSON text; nothing for a picture.
    pub(crate) fn envelope(&self) -> Option<Value> {
        match self {
            Self::Json(response) => Some(json!({"stat": "OK", "response": response})),
            Self::Page(response, metadata) => Some(json!({"stat": "OK", "response": response, "metadata": metadata})),
            Self::Png(_) => None,
        }
    }
}

/// A failure in Duo's own numbering; the HTTP status is its first three digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: u32,
    pub(crate) message: &'static str,
    pub(crate) detail: Option<String>,
}

/// What every handler gives back.
pub(crate) type Outcome = Result<Answer, Refusal>;

impl Refusal {
    fn plain(code: u32, message: &'static str, rule: Rule) -> Self {
        // Another code with the same status.
        let code = if broken(rule) { code + 50 } else { code };
        Self { code, message, detail: None }
    }

    fn with(mut self, detail: &str) -> Self {
        self.detail = Some(detail.to_owned());
        self
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Self::plain(40001, "Missing required request parameters", Rule::Code40001).with(parameter)
    }

    pub(crate) fn invalid(detail: &str) -> Self {
        Self::plain(40002, "Invalid request parameters", Rule::Code40002).with(detail)
    }

    pub(crate) fn duplicate(detail: &str) -> Self {
        Self::plain(40003, "Duplicate resource", Rule::Code40003).with(detail)
    }

    pub(crate) fn missing_credentials() -> Self {
        Self::plain(40101, "Missing request credentials", Rule::Code40101)
    }

    pub(crate) fn unknown_key() -> Self {
        Self::plain(40102, "Invalid integration key in request credentials", Rule::Code40102)
    }

    pub(crate) fn bad_signature() -> Self {
        Self::plain(40103, "Invalid signature in request credentials", Rule::Code40103)
    }

    pub(crate) fn missing_date() -> Self {
        Self::plain(40104, "Missing request timestamp", Rule::Code40104)
    }

    pub(crate) fn bad_date() -> Self {
        Self::plain(40105, "Bad request timestamp", Rule::Code40105)
    }

    pub(crate) fn content_type() -> Self {
        Self::plain(40106, "Invalid content type", Rule::Code40106)
    }

    pub(crate) fn wrong_type() -> Self {
        Self::forbidden().with("Wrong integration type for this API.")
    }

    pub(crate) fn forbidden() -> Self {
        Self::plain(40301, "Access forbidden", Rule::Code40301)
    }

    pub(crate) fn not_found() -> Self {
        Self::plain(40401, "Resource not found", Rule::Code40401)
    }

    pub(crate) fn method() -> Self {
        Self::plain(40501, "Method not allowed", Rule::Code40501)
    }

    pub(crate) fn too_many() -> Self {
        Self::plain(42901, "Too Many Requests", Rule::Code42901)
    }

    pub(crate) fn internal() -> Self {
        Self::plain(50001, "Unknown internal server error", Rule::Code50001)
    }

    /// The HTTP status that goes with the code.
    pub(crate) fn status(&self) -> u16 {
        u16::try_from(self.code / 100).unwrap_or(500)
    }

    pub(crate) fn envelope(&self) -> Value {
        let mut body = Map::new();
        body.insert("stat".into(), "FAIL".into());
        body.insert("code".into(), self.code.into());
        body.insert("message".into(), self.message.into());
        if let Some(detail) = &self.detail {
            body.insert("message_detail".into(), detail.as_str().into());
        }
        Value::Object(body)
    }
}
