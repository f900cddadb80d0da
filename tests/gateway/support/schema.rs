//! Whether a value fits a JSON Schema, as far as the tools' schemas go.

use serde_json::Value;

/// The words that are looked at, and those that say nothing about a value.
const KNOWN: [&str; 24] = [
    "$schema",
    "$defs",
    "$ref",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "anyOf",
    "oneOf",
    "allOf",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "description",
    "title",
    "default",
    "format",
    "examples",
];

/// What does not fit, with the place; nothing when all fits.
pub(crate) fn misfits(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Checker { root: schema }.check(schema, value, "$", &mut found);
    found
}

struct Checker<'a> {
    root: &'a Value,
}

impl Checker<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
        let Some(rules) = schema.as_object() else {
            if schema == &Value::Bool(false) {
                found.push(format!("{at}: nothing may stand here"));
            }
            return;
        };
        for (word, rule) in rules {
            assert!(KNOWN.contains(&word.as_str()), "the schema says {word}, which this checker does not know");
            let fits = match word.as_str() {
                "type" => is_of(rule, value),
                "enum" => rule.as_array().unwrap().contains(value),
                "const" => rule == value,
                "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
                "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().unwrap()),
                "maxLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 <= rule.as_u64().unwrap()),
                "minItems" => value.as_array().is_none_or(|list| list.len() as u64 >= rule.as_u64().unwrap()),
                "maxItems" => value.as_array().is_none_or(|list| list.len() as u64 <= rule.as_u64().unwrap()),
                "anyOf" => rule.as_array().unwrap().iter().any(|one| self.fits(one, value)),
                "oneOf" => rule.as_array().unwrap().iter().filter(|one| self.fits(one, value)).count() == 1,
                "allOf" => rule.as_array().unwrap().iter().all(|one| self.fits(one, value)),
                "$ref" => self.fits(self.at(rule.as_str().unwrap()), value),
                _ => true,
            };
            if !fits {
                found.push(format!("{at}: {value} is against {word} {rule}"));
            }
        }
        match value {
            Value::Object(fields) => self.object(schema, fields, at, found),
            Value::Array(list) => {
                for (place, item) in list.iter().enumerate() {
                    self.check(&schema["items"], item, &format!("{at}[{place}]"), found);
                }
            }
            _ => {}
        }
    }

    fn object(&self, schema: &Value, fields: &serde_json::Map<String, Value>, at: &str, found: &mut Vec<String>) {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                found.push(format!("{at}: {name} is missing"));
            }
        }
        for (name, value) in fields {
            let at = format!("{at}.{name}");
            match schema["properties"].get(name) {
                Some(rule) => self.check(rule, value, &at, found),
                None => self.check(&schema["additionalProperties"], value, &at, found),
            }
        }
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let mut found = Vec::new();
        self.check(schema, value, "$", &mut found);
        found.is_empty()
    }

    fn at(&self, reference: &str) -> &Value {
        let pointer = reference.strip_prefix('#').expect("a reference into the schema itself");
        self.root.pointer(pointer).expect("a reference leads somewhere")
    }
}

fn is_of(kind: &Value, value: &Value) -> bool {
    match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| is_of(kind, value)),
        kind => match kind.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "null" => value.is_null(),
            other => panic!("no such type: {other}"),
        },
    }
}

#[test]
fn the_checker_finds_what_does_not_fit() {
    let schema = serde_json::json!({
        "type": "object",
        "required": ["name"],
        "additionalProperties": false,
        "properties": {
            "name": { "type": "string", "maxLength": 3 },
            "rows": { "type": "array", "items": { "$ref": "#/$defs/Row" } }
        },
        "$defs": { "Row": { "type": "integer", "minimum": 1 } }
    });
    let count = |value: Value| misfits(&schema, &value).len();
    assert_eq!(count(serde_json::json!({ "name": "abc", "rows": [1, 2] })), 0);
    assert_eq!(count(serde_json::json!({ "name": "abcd" })), 1);
    assert_eq!(count(serde_json::json!({ "rows": [] })), 1);
    assert_eq!(count(serde_json::json!({ "name": "a", "rows": [0] })), 1);
    assert_eq!(count(serde_json::json!({ "name": "a", "other": 1 })), 1);
    assert_eq!(count(serde_json::json!([])), 1);
}
