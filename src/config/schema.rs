//! The known keys with type, range, default and description, read off the structs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::settings::Settings;

/// One key that can be set.
#[derive(Debug)]
pub(super) struct Key {
    /// The key with its sections, dotted.
    pub(super) path: String,
    pub(super) kind: Kind,
    pub(super) description: String,
    /// The default; `None` for a key that is unset unless somebody sets it.
    pub(super) default: Option<toml::Value>,
    pub(super) example: Option<toml::Value>,
    /// Whether the value may carry a password and must not be shown.
    pub(super) is_hidden: bool,
    /// What to ask for in place of the sentence that follows from `kind`.
    expect: Option<String>,
}

/// What a key takes.
#[derive(Debug)]
pub(super) enum Kind {
    Text,
    Whole {
        least: u64,
        most: u64,
    },
    Flag,
    Choice(Vec<String>),
    Texts,
    /// A list of tables, with the names that a table may have and what each means.
    Tables(Vec<(String, String)>),
}

impl Key {
    /// What is accepted, in words.
    pub(super) fn expectation(&self) -> String {
        if let Some(expect) = &self.expect {
            return expect.clone();
        }
        match &self.kind {
            Kind::Text => "a text in quotes".to_owned(),
            Kind::Whole { least, most } => format!("a whole number from {least} to {most}"),
            Kind::Flag => "true or false".to_owned(),
            Kind::Choice(choices) => format!("one of {}", choices.join(", ")),
            Kind::Texts => "a list of texts, such as [\"a\", \"b\"]".to_owned(),
            Kind::Tables(names) => {
                let names: Vec<_> = names.iter().map(|(name, _)| name.as_str()).collect();
                format!("a list of tables with {}", names.join(", "))
            }
        }
    }
}

/// Every key, sorted by its sections; keys outside of any section come first, as TOML wants them.
pub(super) fn keys() -> &'static [Key] {
    static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
        let schema = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let schema = schema.into_generator().into_root_schema_for::<Settings>();
        let defaults = toml::Value::try_from(Settings::default()).ok();
        let mut keys = Vec::new();
        collect("", schema.as_value(), defaults.as_ref(), &mut keys);
        keys.sort_by(|left, right| section(&left.path).cmp(section(&right.path)).then(left.path.cmp(&right.path)));
        keys
    });
    &KEYS
}

/// The key with this path.
pub(super) fn find(path: &str) -> Option<&'static Key> {
    keys().iter().find(|key| key.path == path)
}

/// Whether some key stands in this section.
pub(super) fn is_section(path: &str) -> bool {
    keys().iter().any(|key| key.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

/// What the struct of a section says about itself.
pub(super) fn section(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(section, _)| section)
}

/// The known key that is spelled most like `path`; a key inside a table of a list is written `list[].key`.
pub(super) fn nearest(path: &str) -> String {
    let mut known: Vec<String> = keys().iter().map(|key| key.path.clone()).collect();
    for key in keys() {
        if let Kind::Tables(names) = &key.kind {
            known.extend(names.iter().map(|(name, _)| format!("{}[].{name}", key.path)));
        }
    }
    let distance = |candidate: &String| strsim::osa_distance(candidate, path);
    known.into_iter().min_by_key(distance).unwrap_or_default()
}

fn collect(path: &str, schema: &Value, default: Option<&toml::Value>, keys: &mut Vec<Key>) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    for (name, schema) in properties {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let default = default.and_then(|table| table.get(name));
        if schema.get("properties").is_some() {
            collect(&path, schema, default, keys);
        } else {
            keys.push(Key {
                kind: kind(schema),
                description: text(schema, "description"),
                default: default.cloned(),
                example: schema.pointer("/examples/0").and_then(|value| toml::Value::try_from(value).ok()),
                is_hidden: schema.get("x-hidden").is_some(),
                expect: schema.get("x-expect").and_then(Value::as_str).map(str::to_owned),
                path,
            });
        }
    }
}

fn kind(schema: &Value) -> Kind {
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        return Kind::Choice(choices.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    }
    // A key that may be left out has the type `[T, "null"]`.
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
        Some(kind) => kind.as_str(),
        None => None,
    };
    match kind {
        Some("integer") => {
            let bound = |name, otherwise| schema.get(name).and_then(Value::as_u64).unwrap_or(otherwise);
            Kind::Whole { least: bound("minimum", 0), most: bound("maximum", u64::MAX) }
        }
        Some("boolean") => Kind::Flag,
        Some("array") => match schema.get("items") {
            Some(items) if items.get("properties").is_some() || items.get("oneOf").is_some() => {
                Kind::Tables(table_keys(items))
            }
            _ => Kind::Texts,
        },
        _ => Kind::Text,
    }
}

/// The names of a table's keys; for a table that comes in several shapes, those of all shapes.
fn table_keys(items: &Value) -> Vec<(String, String)> {
    let shapes = items.get("oneOf").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![items.clone()]);
    let mut names = Vec::new();
    let mut seen = BTreeSet::new();
    for properties in shapes.iter().filter_map(|shape| shape.get("properties").and_then(Value::as_object)) {
        // Sorted here, so that the written files do not depend on how `serde_json` keeps its maps.
        let properties: BTreeMap<&String, &Value> = properties.iter().collect();
        for (name, schema) in properties {
            if seen.insert(name.clone()) {
                let described = text(schema, "description");
                names.push((name.clone(), if described.is_empty() { tag(name, &shapes) } else { described }));
            }
        }
    }
    names
}

/// Describes the key that tells a table's shape: it has no doc comment, its values are the shapes' names.
fn tag(name: &str, shapes: &[Value]) -> String {
    let values: Vec<_> = shapes
        .iter()
        .filter_map(|shape| shape.get("properties").and_then(Value::as_object))
        .filter_map(|properties: &Map<String, Value>| properties.get(name)?.get("const")?.as_str())
        .map(|value| format!("`{value}`"))
        .collect();
    format!("One of {}.", values.join(", "))
}

/// A text of the schema with its line breaks taken out.
fn text(schema: &Value, name: &str) -> String {
    let text = schema.get(name).and_then(Value::as_str).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
