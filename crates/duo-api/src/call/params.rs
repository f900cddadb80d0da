//! Arguments of a call, sorted into path and fields.

use serde_json::{Map, Value};

use super::error::CallError;
use super::value::fit;
use crate::catalog::{Endpoint, Location, Parameter};
use crate::key::AccountId;
use crate::sign::percent_encode;

/// The name under which a child account travels.
const ACCOUNT_ID: &str = "account_id";

/// The filled path and the remaining fields, all known to the endpoint and of the right kind.
#[derive(Clone, PartialEq)]
pub struct Params {
    pub(super) path: String,
    pub(super) fields: Map<String, Value>,
}

impl Params {
    /// Checks the arguments against the endpoint. `null` counts as left out. The id of a child is added as a field.
    pub fn new(
        endpoint: &Endpoint,
        arguments: &Map<String, Value>,
        child: Option<&AccountId>,
    ) -> Result<Self, CallError> {
        let mut fields = Map::new();
        let mut path = endpoint.path.clone();
        for (name, value) in arguments.iter().filter(|(_, value)| !value.is_null()) {
            let parameter = endpoint
                .parameter(name)
                .ok_or_else(|| CallError::UnknownParameter { endpoint: endpoint.id, name: name.clone() })?;
            let value = fit(parameter, value).ok_or_else(|| CallError::WrongKind {
                endpoint: endpoint.id,
                name: name.clone(),
                kind: parameter.kind,
            })?;
            if parameter.location == Location::Path {
                path = fill(endpoint, &path, parameter, &value)?;
            } else {
                fields.insert(name.clone(), value);
            }
        }
        if let Some(child) = child {
            let before = fields.insert(ACCOUNT_ID.to_owned(), Value::from(child.as_str()));
            if before.is_some_and(|before| before != child.as_str()) {
                return Err(CallError::OtherAccount);
            }
        }
        let given = |parameter: &Parameter| match parameter.location {
            Location::Path => arguments.get(&parameter.name).is_some_and(|value| !value.is_null()),
            _ => fields.contains_key(&parameter.name),
        };
        match endpoint.parameters.iter().find(|parameter| parameter.required && !given(parameter)) {
            Some(missing) => Err(CallError::MissingParameter { endpoint: endpoint.id, name: missing.name.clone() }),
            None => Ok(Self { path, fields }),
        }
    }

    /// The path with its placeholders filled.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The fields of the query or the body.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }
}

/// Only names: values may be passcodes or personal data.
impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Params").field("fields", &self.fields.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

/// Every byte that is not a letter, digit, `_`, `.`, `~` or `-` is escaped, so no value can reach into another path;
/// what is left are the segments that a URL parser would fold away.
fn fill(endpoint: &Endpoint, path: &str, parameter: &Parameter, value: &Value) -> Result<String, CallError> {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if matches!(text.as_str(), "" | "." | "..") {
        return Err(CallError::PathValue { endpoint: endpoint.id, name: parameter.name.clone() });
    }
    Ok(path.replace(&format!("{{{}}}", parameter.name), &percent_encode(&text)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::catalog;

    fn params(id: &str, arguments: Value, child: Option<&str>) -> Result<Params, CallError> {
        let Value::Object(arguments) = arguments else { panic!("an object") };
        let child = child.map(|id| AccountId::parse(id).unwrap());
        Params::new(catalog().get(id).unwrap(), &arguments, child.as_ref())
    }

    #[test]
    fn fills_the_path_and_escapes_it() {
        let made = params("users_get", json!({"user_id": "DU/../x y{user_id}"}), None).unwrap();
        assert_eq!(made.path(), "/admin/v1/users/DU%2F..%2Fx%20y%7Buser_id%7D");
        for value in ["", ".", ".."] {
            let error = params("users_get", json!({"user_id": value}), None).unwrap_err();
            assert!(matches!(error, CallError::PathValue { .. }), "{error}");
        }
    }

    #[test]
    fn refuses_unknown_and_missing_parameters() {
        let error = params("users_get", json!({"user_id": "DU1", "limit": 1}), None).unwrap_err();
        assert_eq!(error.to_string(), "users_get has no parameter \"limit\"");
        let error = params("users_get", json!({"user_id": null}), None).unwrap_err();
        assert_eq!(error.to_string(), "users_get needs the parameter user_id");
        let error = params("users_create", json!({}), None).unwrap_err();
        assert_eq!(error.to_string(), "users_create needs the parameter username");
    }

    #[test]
    fn serialises_lists_where_duo_wants_text() {
        let made = params("users_bulk_send_to_trash", json!({"user_id_list": ["DU1", "DU2"]}), None).unwrap();
        assert_eq!(made.fields()["user_id_list"], "[\"DU1\",\"DU2\"]");
        let made = params("auth_auth", json!({"username": "a", "factor": "push", "async": true}), None).unwrap();
        assert_eq!(made.fields()["async"], "1");
    }

    #[test]
    fn refuses_values_of_another_kind_without_repeating_them() {
        let error = params("users_list", json!({"limit": "secret"}), None).unwrap_err();
        assert_eq!(error.to_string(), "the parameter limit of users_list takes a whole number");
        let error = params("users_create", json!({"username": ["a"]}), None).unwrap_err();
        assert_eq!(error.to_string(), "the parameter username of users_create takes text");
    }

    #[test]
    fn adds_the_child_and_refuses_another_one() {
        let child = "DA0000000000000000C1";
        let made = params("users_list", json!({}), Some(child)).unwrap();
        assert_eq!(made.fields()["account_id"], child);
        assert!(params("billing_get_edition", json!({}), Some(child)).is_ok());
        assert!(params("billing_get_edition", json!({"account_id": child}), Some(child)).is_ok());
        let other = params("billing_get_edition", json!({"account_id": "DA0000000000000000C2"}), Some(child));
        assert_eq!(other.unwrap_err(), CallError::OtherAccount);
        assert!(!format!("{made:?}").contains(child));
    }
}
