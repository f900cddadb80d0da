//! Request bodies: JSON objects whose every field is known.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::AdminError;

/// A JSON object as the request's body. A field that it does not have is refused with the nearest that it has.
pub(super) struct Body<T>(pub(super) T);

impl<T, S> FromRequest<S> for Body<T>
where
    T: DeserializeOwned + JsonSchema,
    S: Send + Sync,
{
    type Rejection = AdminError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AdminError> {
        // A form of a foreign page can send anything but this type without asking first.
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if !content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
            return Err(AdminError::NotJson);
        }
        let bytes =
            Bytes::from_request(request, state).await.map_err(|error| AdminError::BadBody(error.to_string()))?;
        parse(&bytes).map(Self)
    }
}

fn parse<T: DeserializeOwned + JsonSchema>(bytes: &[u8]) -> Result<T, AdminError> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| AdminError::BadBody(told(&error)))?;
    let Value::Object(fields) = value else {
        return Err(AdminError::BadBody("the body is a JSON object".to_owned()));
    };
    refuse_unknown::<T>(&fields)?;
    serde_json::from_value(Value::Object(fields)).map_err(|error| AdminError::BadBody(told(&error)))
}

/// What the parser says of the shape. It may repeat a value that it did not expect, and that may be a secret in the wrong
/// field, so only messages without one are passed on.
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let tells_a_value = text.starts_with("invalid type") || text.starts_with("invalid value");
    if tells_a_value { format!("a field has the wrong type (line {})", error.line().max(1)) } else { text }
}

fn refuse_unknown<T: JsonSchema>(fields: &Map<String, Value>) -> Result<(), AdminError> {
    let schema = schemars::schema_for!(T);
    let Some(known) = schema.get("properties").and_then(Value::as_object) else { return Ok(()) };
    let Some(field) = fields.keys().find(|field| !known.contains_key(*field)) else { return Ok(()) };
    let nearest = known.keys().max_by(|a, b| strsim::jaro_winkler(a, field).total_cmp(&strsim::jaro_winkler(b, field)));
    Err(AdminError::UnknownField { field: field.clone(), nearest: nearest.cloned().unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the names matter here")]
    struct Example {
        skey: String,
        host: Option<String>,
    }

    fn refused(body: &str) -> String {
        parse::<Example>(body.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_field_is_named_with_the_nearest_known() {
        assert!(parse::<Example>(br#"{"skey":"x"}"#).is_ok());
        assert_eq!(refused(r#"{"sekey":"x"}"#), "unknown field `sekey`; did you mean `skey`?");
    }

    #[test]
    fn what_is_wrong_is_told_without_the_values() {
        for body in [r#"{"skey":{"canary":1}}"#, r#"{"skey":["canary"]}"#, r#"["canary"]"#, r#"{"skey":"canary"#] {
            assert!(!refused(body).contains("canary"), "{}", refused(body));
        }
        assert!(!refused(r#"{"skey":"x","host":12345678}"#).contains("12345678"));
    }
}
