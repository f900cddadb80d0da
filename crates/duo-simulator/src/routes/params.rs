//! The parameters of a call, whether they came as query, form or JSON.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde_json::Value;

use crate::reply::Refusal;
use crate::verify::{content_type, decode_pairs, is_form};

/// Every parameter by name; one that was repeated has several values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params {
    values: BTreeMap<String, Vec<Value>>,
}

impl Params {
    /// Reads the query and the body of a call.
    pub(crate) fn read(query: &str, headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let mut params = Self::default();
        params.take_pairs(query);
        if body.is_empty() {
            return Ok(params);
        }
        if is_form(headers) {
            params.take_pairs(&String::from_utf8_lossy(body));
            return Ok(params);
        }
        if content_type(headers).as_deref() != Some("application/json") {
            return Err(Refusal::content_type());
        }
        let parsed: Value = serde_json::from_slice(body).map_err(|_| Refusal::invalid("body"))?;
        let Value::Object(fields) = parsed else { return Err(Refusal::invalid("body")) };
        for (name, value) in fields {
            params.values.entry(name).or_default().push(value);
        }
        Ok(params)
    }

    /// The fields of a JSON object, as if they were parameters of a call.
    pub(crate) fn of(fields: &serde_json::Map<String, Value>) -> Self {
        Self { values: fields.iter().map(|(name, value)| (name.clone(), vec![value.clone()])).collect() }
    }

    fn take_pairs(&mut self, wire: &str) {
        for (name, value) in decode_pairs(wire) {
            let name = String::from_utf8_lossy(&name).into_owned();
            self.values.entry(name).or_default().push(String::from_utf8_lossy(&value).into_owned().into());
        }
    }

    /// The parameter as text; numbers and truth values as they are written, `null` as blank.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.values.get(name)?.first()? {
            Value::String(text) => Some(text.clone()),
            Value::Null => Some(String::new()),
            Value::Bool(_) | Value::Number(_) => self.values.get(name)?.first().map(Value::to_string),
            Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The parameter as it came in a JSON body.
    pub(crate) fn json(&self, name: &str) -> Option<&Value> {
        self.values.get(name)?.first()
    }

    /// The parameter if it was given and is not blank.
    pub(crate) fn filled(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.trim().is_empty())
    }

    pub(crate) fn required(&self, name: &str) -> Result<String, Refusal> {
        match self.filled(name) {
            Some(text) => Ok(text),
            None if self.values.get(name).is_some_and(|all| all.iter().any(|v| v.is_array() || v.is_object())) => {
                Err(Refusal::invalid(name))
            }
            None => Err(Refusal::missing(name)),
        }
    }

    /// A whole number, if it was given; anything else in its place is refused.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.filled(name).map(|text| text.trim().parse().map_err(|_| Refusal::invalid(name))).transpose()
    }

    /// `1`, `0`, `true`, `false`, in any case.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.filled(name)
            .map(|text| match text.to_ascii_lowercase().as_str() {
                "1" | "true" => Ok(true),
                "0" | "false" => Ok(false),
                _ => Err(Refusal::invalid(name)),
            })
            .transpose()
    }

    /// A JSON array written as text, the way Duo takes lists.
    pub(crate) fn json_list(&self, name: &str) -> Result<Option<Vec<Value>>, Refusal> {
        let Some(text) = self.filled(name) else {
            return if self.values.contains_key(name) { Err(Refusal::invalid(name)) } else { Ok(None) };
        };
        serde_json::from_str(&text).map(Some).map_err(|_| Refusal::invalid(name))
    }

    /// A JSON array of strings written as text, of no more than a hundred.
    pub(crate) fn id_list(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        let Some(list) = self.json_list(name)? else { return Ok(None) };
        if list.len() > 100 {
            return Err(Refusal::invalid(name));
        }
        let texts = list.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
        texts.map(Some).ok_or_else(|| Refusal::invalid(name))
    }

    /// Every value of a parameter, split at commas: the way the logs take filters and cursors.
    pub(crate) fn split(&self, name: &str) -> Vec<String> {
        let all = self.values.get(name).map(Vec::as_slice).unwrap_or_default();
        all.iter()
            .flat_map(|value| match value {
                Value::String(text) => text.split(',').map(|part| part.trim().to_owned()).collect::<Vec<_>>(),
                other => vec![other.to_string()],
            })
            .filter(|part| !part.is_empty())
            .collect()
    }

    /// The names and values that begin with `prefix`, without it.
    pub(crate) fn with_prefix(&self, prefix: &str) -> Vec<(String, String)> {
        let names = self.values.keys().filter_map(|name| Some((name, name.strip_prefix(prefix)?)));
        names.filter_map(|(name, rest)| Some((rest.to_owned(), self.text(name)?))).collect()
    }

    /// All of it as JSON, for the record; a repeated parameter is a list.
    pub(crate) fn to_json(&self) -> Value {
        let one = |all: &Vec<Value>| if all.len() == 1 { all[0].clone() } else { Value::Array(all.clone()) };
        Value::Object(self.values.iter().map(|(name, all)| (name.clone(), one(all))).collect())
    }
}
