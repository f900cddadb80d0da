//! Values as an endpoint takes them, and as a query or a form carries them.

use serde_json::Value;

use crate::catalog::{Kind, Parameter};

/// The value in the form that this parameter takes; `None` if it is of another kind.
///
/// Ranges and words are not checked: Duo clamps some, adds others, and its own answer is the better teacher.
pub(super) fn fit(parameter: &Parameter, value: &Value) -> Option<Value> {
    match (parameter.kind, value) {
        (Kind::JsonString, Value::Array(_) | Value::Object(_)) => Some(Value::String(value.to_string())),
        (Kind::Enum, Value::Bool(flag)) => flag_word(parameter, *flag).map(Value::from),
        (Kind::String | Kind::Enum | Kind::JsonString, Value::Number(_) | Value::Bool(_)) => {
            Some(Value::String(scalar_text(value)))
        }
        (Kind::String | Kind::Enum | Kind::JsonString, Value::String(_))
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Array, Value::Array(_))
        | (Kind::Object, Value::Object(_)) => Some(value.clone()),
        (Kind::Integer, Value::Number(number)) => (number.is_i64() || number.is_u64()).then(|| value.clone()),
        (Kind::Integer, Value::String(text)) => text.parse::<i64>().is_ok().then(|| value.clone()),
        (Kind::Boolean, Value::String(text)) => {
            ["0", "1", "true", "false"].contains(&text.as_str()).then(|| value.clone())
        }
        (Kind::Boolean, Value::Number(number)) => matches!(number.as_u64(), Some(0 | 1)).then(|| value.clone()),
        _ => None,
    }
}

/// Some words of Duo's are truth values: `async` takes `1` and `0`.
fn flag_word(parameter: &Parameter, flag: bool) -> Option<&'static str> {
    [["0", "1"], ["false", "true"]]
        .into_iter()
        .map(|words| words[usize::from(flag)])
        .find(|word| parameter.enum_values.iter().any(|known| known == word))
}

/// What a query or a form carries: a list is a repeated name, everything else one text.
pub(super) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(scalar_text).collect(),
        other => vec![scalar_text(other)],
    }
}

fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
