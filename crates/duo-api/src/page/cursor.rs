//! Where a list goes on, for each style of paging.

use serde_json::Value;

use crate::call::{Call, CallError};
use crate::catalog::{Kind, Paging};
use crate::error::DuoError;

/// The most ids of one call.
const IDS_PER_CALL: usize = 100;

/// The parameters that hold ids or names and turn paging off.
const ID_LISTS: [&str; 3] = ["user_id_list", "username_list", "group_id_list"];

/// Where the next page starts. Its text means something to the same call only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// A cursor that was given out before.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text to give out.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a number, for the styles that count.
    pub(super) fn number(&self, call: &Call) -> Result<u64, DuoError> {
        self.0.parse().map_err(|_| CallError::Cursor { endpoint: call.endpoint.id }.into())
    }

    pub(super) fn at(number: u64) -> Self {
        Self(number.to_string())
    }
}

/// How this call pages: its endpoint's style, unless it names ids.
pub(super) enum Style {
    /// Everything at once.
    Whole,
    /// `limit` and `offset`.
    Offset,
    /// A list of ids in chunks; the cursor counts ids.
    Ids { name: &'static str, ids: Vec<Value> },
    /// A log of version 2; the cursor is Duo's.
    Log,
    /// A log of version 1; the cursor is a time in seconds.
    Window,
}

impl Style {
    pub(super) fn of(call: &Call) -> Self {
        let ids = ID_LISTS.into_iter().find_map(|name| {
            let parameter = call.endpoint.parameter(name)?;
            let ids = match call.params.fields().get(name)? {
                Value::Array(ids) => ids.clone(),
                other => serde_json::from_str(other.as_str()?).ok()?,
            };
            (parameter.kind == Kind::JsonString).then_some(Self::Ids { name, ids })
        });
        match (call.endpoint.paging, ids) {
            (Paging::Offset, Some(ids)) => ids,
            (Paging::Offset, None) => Self::Offset,
            (Paging::LogCursor, _) => Self::Log,
            (Paging::TimeWindow, _) => Self::Window,
            (Paging::None, _) => Self::Whole,
        }
    }
}

/// The ids of the page that starts at `from`, and where the one after starts.
pub(super) fn chunk(ids: &[Value], from: u64) -> (&[Value], Option<Cursor>) {
    let start = usize::try_from(from).unwrap_or(usize::MAX).min(ids.len());
    let end = (start + IDS_PER_CALL).min(ids.len());
    let next = (end < ids.len()).then(|| Cursor::at(end as u64));
    (ids.get(start..end).unwrap_or_default(), next)
}

/// Duo's cursor of a log as text: `[ts, txid]` and `"ts,id"` are the same thing.
pub(super) fn log_cursor(next_offset: Option<&Value>) -> Option<Cursor> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match next_offset? {
        Value::Null => None,
        Value::Array(parts) if parts.is_empty() => None,
        Value::Array(parts) => Some(Cursor(parts.iter().map(text).collect::<Vec<_>>().join(","))),
        other => Some(text(other)).filter(|text| !text.is_empty()).map(Cursor),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_shapes_of_a_log_cursor_are_one_text() {
        let expected = Some(Cursor::from_text("1547486297000,5bea1c1e"));
        assert_eq!(log_cursor(Some(&json!(["1547486297000", "5bea1c1e"]))), expected);
        assert_eq!(log_cursor(Some(&json!([1_547_486_297_000_u64, "5bea1c1e"]))), expected);
        assert_eq!(log_cursor(Some(&json!("1547486297000,5bea1c1e"))), expected);
        for end in [json!(null), json!(""), json!([])] {
            assert_eq!(log_cursor(Some(&end)), None);
        }
        assert_eq!(log_cursor(None), None);
    }

    #[test]
    fn ids_are_cut_into_hundreds() {
        let ids: Vec<Value> = (0..250).map(Value::from).collect();
        let (first, next) = chunk(&ids, 0);
        assert_eq!((first.len(), next), (100, Some(Cursor::at(100))));
        let (last, next) = chunk(&ids, 200);
        assert_eq!((last.len(), next), (50, None));
        assert_eq!(chunk(&ids, 999), (&[][..], None));
    }
}
