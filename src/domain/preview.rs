//! A plan's step as the request that Duo will see, for a person to read.

use std::fmt;

use duo_api::EndpointId;
use serde::Serialize;
use serde_json::Value;

use super::plan::{Plan, Step};

/// A request as a person reads it before saying yes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preview {
    /// The verb.
    pub method: &'static str,
    /// The path, with its ids filled in.
    pub path: String,
    /// The other parameters, in the order of their names.
    pub params: Vec<(String, Value)>,
}

impl Plan {
    /// The requests of all steps, in the order in which they are sent.
    pub fn previews(&self) -> Vec<Preview> {
        self.steps.iter().map(Step::preview).collect()
    }
}

impl Step {
    /// The request of this step.
    pub fn preview(&self) -> Preview {
        // A catalogue of another release may lack the endpoint; its name is then all there is to show.
        let Some(endpoint) = EndpointId::find(&self.endpoint).and_then(EndpointId::endpoint) else {
            let params = self.params.iter().map(|(name, value)| shown(name, value)).collect();
            return Preview { method: "?", path: self.endpoint.clone(), params };
        };
        let mut path = endpoint.path.clone();
        let mut params = Vec::new();
        for (name, value) in &self.params {
            let hole = format!("{{{name}}}");
            if path.contains(&hole) {
                path = path.replace(&hole, &plain(value));
            } else {
                params.push(shown(name, value));
            }
        }
        Preview { method: endpoint.method.as_str(), path, params }
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// A parameter as it may be shown: a passcode is a secret even to the one who approves.
fn shown(name: &str, value: &Value) -> (String, Value) {
    let value = if name == "passcode" { Value::from("(hidden)") } else { value.clone() };
    (name.to_owned(), value)
}

/// A value as text, without the quotes of JSON.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::plan::ReadBack;

    fn step(endpoint: &str, params: Value) -> Step {
        let Value::Object(params) = params else { unreachable!("an object") };
        Step { endpoint: endpoint.into(), params, subjects: vec![], read_back: ReadBack::Unseen }
    }

    #[test]
    fn ids_stand_in_the_path_and_the_rest_beside_it() {
        let preview = step("users_modify", json!({"user_id": "DU1", "status": "bypass"})).preview();
        assert_eq!(preview.to_string(), "POST /admin/v1/users/DU1");
        assert_eq!(preview.params, [("status".to_owned(), json!("bypass"))]);
    }

    #[test]
    fn a_passcode_is_not_shown_and_an_unknown_endpoint_is_named() {
        let preview = step("no_such_endpoint", json!({"passcode": "123456"})).preview();
        assert_eq!(preview.to_string(), "? no_such_endpoint");
        assert_eq!(preview.params, [("passcode".to_owned(), json!("(hidden)"))]);
    }
}
