//! Whether an answer is the right one: every answer is looked at.

use anyhow::{Context, bail, ensure};
use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

/// What must come back.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// A result that is no error and holds this text.
    Answer(&'static str),
    /// The same, with one of two texts.
    OneOf(&'static str, &'static str),
    /// Only this status.
    Status(u16),
}

#[derive(Deserialize)]
struct Envelope<'a> {
    id: u64,
    #[serde(borrow)]
    result: &'a RawValue,
}

impl Wanted {
    /// Fails when this is not the answer to the request with this id.
    pub fn check(self, id: u64, status: StatusCode, body: &[u8]) -> anyhow::Result<()> {
        let shown = || String::from_utf8_lossy(&body[..body.len().min(400)]).into_owned();
        let texts = match self {
            Self::Status(wanted) => {
                ensure!(status.as_u16() == wanted, "{status} {}", shown());
                return Ok(());
            }
            Self::Answer(text) => [text, text],
            Self::OneOf(one, other) => [one, other],
        };
        ensure!(status == StatusCode::OK, "{status} {}", shown());
        let envelope: Envelope<'_> = serde_json::from_slice(body).with_context(shown)?;
        let result = envelope.result.get();
        ensure!(envelope.id == id, "the answer to {} came to {id}", envelope.id);
        if result.contains(r#""isError":true"#) || !texts.iter().any(|text| result.contains(text)) {
            bail!("{}", shown());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_answer_passes() {
        let check = |body: &str| Wanted::Answer("joe").check(4, StatusCode::OK, body.as_bytes());
        check(r#"{"jsonrpc":"2.0","id":4,"result":{"content":[{"text":"joe"}]}}"#).unwrap();
        for wrong in [
            r#"{"jsonrpc":"2.0","id":5,"result":{"content":[{"text":"joe"}]}}"#,
            r#"{"jsonrpc":"2.0","id":4,"result":{"content":[{"text":"ann"}]}}"#,
            r#"{"jsonrpc":"2.0","id":4,"result":{"content":[{"text":"joe"}],"isError":true}}"#,
            r#"{"jsonrpc":"2.0","id":4,"error":{"message":"joe"}}"#,
            r#"{"jsonrpc":"2.0","id":4,"result":{"content":[{"text":"joe"}"#,
        ] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
        assert!(Wanted::Status(401).check(1, StatusCode::OK, b"").is_err());
    }
}
