//! The page that lists every tool, made from the catalog: docs/tools.md.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::catalog::TOOLS;
use super::entry::Entry;
use crate::domain::card::{Level, Toolset};

const HEAD: &str = "# Tools

This page is written by `duo-mcp-gateway export tools`; a test compares it with what the program would write.

A level says what a call asks for: **L0** runs; **L1** runs and is audited before and after; **L2** asks in the client's
form, or waits for an approval when the client cannot ask; **L3** always waits for an approval over another channel. The
level follows the arguments; the table shows the highest that a tool has. A tool exists for a key only if the key has
its scopes and a verified credential can serve it.
";

/// The page.
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    for toolset in Toolset::ALL {
        let entries: Vec<&Entry> = TOOLS.iter().filter(|entry| entry.card.toolset == toolset).collect();
        let _ = write!(page, "\n## {}\n\n", toolset.as_str());
        page.push_str("| tool | what it does | level | scope | credential |\n| --- | --- | --- | --- | --- |\n");
        for entry in &entries {
            page.push_str(&row(entry));
        }
        for entry in &entries {
            page.push_str(&arguments(entry));
        }
    }
    page
}

/// A row for each tool, without the arguments; the README shows it.
pub fn table() -> String {
    let head = "| tool | what it does | level | scope | credential |\n| --- | --- | --- | --- | --- |\n";
    TOOLS.iter().fold(head.to_owned(), |page, entry| page + &row(entry))
}

fn row(entry: &Entry) -> String {
    let card = &entry.card;
    let level = match card.level {
        Level::L0 => "L0".to_owned(),
        level => format!("up to {level}"),
    };
    let also = card.also.map(|scope| format!(" `{scope}`")).unwrap_or_default();
    let needs: Vec<&str> = entry.needs().iter().map(|api| api.title()).collect();
    let needs = if needs.is_empty() { "none".to_owned() } else { needs.join(" or ") };
    format!("| `{}` | {} | {level} | `{}`{also} | {needs} |\n", card.name, entry.description(), card.scope)
}

fn arguments(entry: &Entry) -> String {
    let schema = (entry.input)();
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(properties) = schema.get("properties").and_then(Value::as_object).filter(|all| !all.is_empty()) else {
        return format!("\n### `{}`\n\nTakes no arguments.\n", entry.card.name);
    };
    let mut text = format!("\n### `{}`\n\n| argument | type | |\n| --- | --- | --- |\n", entry.card.name);
    for (name, property) in properties {
        let must = if required.contains(&name.as_str()) { " **required**" } else { "" };
        let says = property.get("description").and_then(Value::as_str).unwrap_or_default();
        let _ = writeln!(text, "| `{name}`{must} | {} | {} |", kind(property), says.replace('\n', " "));
    }
    text
}

fn kind(property: &Value) -> String {
    let Some(fields) = property.as_object() else { return "any".into() };
    if let Some(words) = words(fields) {
        return words;
    }
    let bound = |name: &str| fields.get(name).and_then(Value::as_i64);
    match fields.get("type").and_then(Value::as_str) {
        Some("array") => {
            let items = fields.get("items").map_or_else(|| "any".into(), kind);
            match (bound("minItems"), bound("maxItems")) {
                (Some(least), Some(most)) => format!("list of {least} to {most}: {items}"),
                (_, Some(most)) => format!("list of up to {most}: {items}"),
                _ => format!("list of {items}"),
            }
        }
        Some("integer") => match (bound("minimum"), bound("maximum")) {
            (Some(least), Some(most)) => format!("integer, {least} to {most}"),
            _ => "integer".into(),
        },
        Some("object") => {
            let names = fields.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys);
            format!("object of {}", names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
        }
        Some(other) => other.to_owned(),
        None => "any".into(),
    }
}

/// The words of an enumeration, which comes as `enum` or as one constant for each.
fn words(fields: &Map<String, Value>) -> Option<String> {
    let all: Vec<String> = match (fields.get("enum"), fields.get("oneOf")) {
        (Some(Value::Array(words)), _) => words.iter().map(Value::to_string).collect(),
        (_, Some(Value::Array(each))) => each
            .iter()
            .flat_map(|one| match one.get("const") {
                Some(word) => vec![word.to_string()],
                None => one.get("enum").and_then(Value::as_array).into_iter().flatten().map(Value::to_string).collect(),
            })
            .collect(),
        _ => return None,
    };
    Some(all.iter().map(|word| format!("`{}`", word.trim_matches('"'))).collect::<Vec<_>>().join(", "))
}
