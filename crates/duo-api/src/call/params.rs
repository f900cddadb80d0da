//! Arguments of a call, and how they fill its endpoint.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use super::error::CallError;
use super::value::fit;
use crate::catalog::{Endpoint, Location, Parameter};
use crate::key::AccountId;
use crate::sign::percent_encode;

/// The name under which a child account travels.
const ACCOUNT_ID: &str = "account_id";

/// The arguments of a call by name. They are checked when the call is sent; `null` counts as left out.
#[derive(Clone, Default, PartialEq)]
pub struct Params(Map<String, Value>);

impl Params {
    /// The arguments.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Sets one argument.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }
}

impl From<Map<String, Value>> for Params {
    fn from(arguments: Map<String, Value>) -> Self {
        Self(arguments)
    }
}

/// Only names: values may be passcodes or personal data.
impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// The filled path and the remaining fields, all known to the endpoint and of the right kind.
pub(crate) struct Filled {
    pub(super) path: String,
    /// In the order of their names, whatever order a JSON object keeps in this build.
    pub(super) fields: BTreeMap<String, Value>,
}

impl Filled {
    /// Checks the arguments against the endpoint. The id of a child is added as a field.
    pub(super) fn new(endpoint: &Endpoint, params: &Params, child: Option<&AccountId>) -> Result<Self, CallError> {
        let arguments = &params.0;
        let mut fields = BTreeMap::new();
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

    fn fill(id: &str, arguments: Value, child: Option<&str>) -> Result<Filled, CallError> {
        let Value::Object(arguments) = arguments else { panic!("an object") };
        let child = child.map(|id| AccountId::parse(id).unwrap());
        Filled::new(catalog().get(id).unwrap(), &arguments.into(), child.as_ref())
    }

    #[test]
    fn fills_the_path_and_escapes_it() {
        let made = fill("users_get", json!({"user_id": "DU/../x y{user_id}"}), None).unwrap();
        assert_eq!(made.path, "/admin/v1/users/DU%2F..%2Fx%20y%7Buser_id%7D");
        for value in ["", ".", ".."] {
            let error = fill("users_get", json!({"user_id": value}), None).err().unwrap();
            assert!(matches!(error, CallError::PathValue { .. }), "{error}");
        }
    }

    #[test]
    fn refuses_unknown_and_missing_parameters() {
        let error = fill("users_get", json!({"user_id": "DU1", "limit": 1}), None).err().unwrap();
        assert_eq!(error.to_string(), "users_get has no parameter \"limit\"");
        let error = fill("users_get", json!({"user_id": null}), None).err().unwrap();
        assert_eq!(error.to_string(), "users_get needs the parameter user_id");
        let error = fill("users_create", json!({}), None).err().unwrap();
        assert_eq!(error.to_string(), "users_create needs the parameter username");
    }

    #[test]
    fn serialises_lists_where_duo_wants_text() {
        let made = fill("users_bulk_send_to_trash", json!({"user_id_list": ["DU1", "DU2"]}), None).unwrap();
        assert_eq!(made.fields["user_id_list"], "[\"DU1\",\"DU2\"]");
        let made = fill("auth_auth", json!({"username": "a", "factor": "push", "async": true}), None).unwrap();
        assert_eq!(made.fields["async"], "1");
    }

    #[test]
    fn refuses_values_of_another_kind_without_repeating_them() {
        let error = fill("users_list", json!({"limit": "secret"}), None).err().unwrap();
        assert_eq!(error.to_string(), "the parameter limit of users_list takes a whole number");
        let error = fill("users_create", json!({"username": ["a"]}), None).err().unwrap();
        assert_eq!(error.to_string(), "the parameter username of users_create takes text");
    }

    #[test]
    fn adds_the_child_and_refuses_another_one() {
        let child = "DA0000000000000000C1";
        let made = fill("users_list", json!({}), Some(child)).unwrap();
        assert_eq!(made.fields["account_id"], child);
        assert!(fill("billing_get_edition", json!({}), Some(child)).is_ok());
        assert!(fill("billing_get_edition", json!({"account_id": child}), Some(child)).is_ok());
        let other = fill("billing_get_edition", json!({"account_id": "DA0000000000000000C2"}), Some(child));
        assert_eq!(other.err().unwrap(), CallError::OtherAccount);
        let Value::Object(arguments) = json!({"passcode": "123456"}) else { panic!("an object") };
        assert_eq!(format!("{:?}", Params::from(arguments)), "[\"passcode\"]");
    }
}
