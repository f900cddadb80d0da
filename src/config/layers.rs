//! Loading: defaults, then a file, then the environment, then flags.

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::{Table, Value};

use super::environment;
use super::error::ConfigError;
use super::schema::{self, Key, Kind};
use super::settings::Settings;
use super::validation;

/// What settings are read from, weakest first.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// A TOML file.
    pub file: Option<PathBuf>,
    /// Environment variables `DUO_MCP__SECTION__KEY`, with their values; a name that does not start so is an error.
    pub variables: Vec<(String, String)>,
    /// Values of `--set`, each `section.key=value`.
    pub flags: Vec<String>,
    /// What `data_dir` is if nobody sets it.
    pub user_data_dir: Option<PathBuf>,
}

impl Sources {
    /// The sources of this process: `file` (from `--config`) or the file that `DUO_MCP_CONFIG` names, the environment,
    /// and `flags`.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<String>) -> Self {
        Self {
            file: file.or_else(environment::config_file),
            variables: environment::settings(),
            flags,
            user_data_dir: environment::user_data_dir(),
        }
    }
}

/// One value that somebody set, and where.
struct Leaf {
    key: &'static Key,
    value: Value,
    origin: String,
}

/// Reads, merges and checks the settings. What holds afterwards: `data_dir` is not empty, and every value is in its range.
pub fn load(sources: &Sources) -> Result<Settings, ConfigError> {
    let mut leaves = Vec::new();
    if let Some(path) = &sources.file {
        let origin = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { origin: origin.clone(), source })?;
        leaves.extend(from_toml(&text, &origin)?);
    }
    for (name, value) in &sources.variables {
        let leaf = from_variable(name, value)?;
        // Compose files pass on variables that nobody set as empty ones; a key that may be left out is left out then.
        if !(value.is_empty() && leaf.key.default.is_none()) {
            leaves.push(leaf);
        }
    }
    for flag in &sources.flags {
        leaves.push(from_flag(flag)?);
    }
    let mut settings = merge(&leaves)?;
    if settings.data_dir.as_os_str().is_empty() {
        settings.data_dir = sources.user_data_dir.clone().ok_or(ConfigError::NoDataDir)?;
    }
    let origins: BTreeMap<&str, &str> =
        leaves.iter().map(|leaf| (leaf.key.path.as_str(), leaf.origin.as_str())).collect();
    validation::check(&settings).map_err(|wrong| ConfigError::BadValue {
        origin: (*origins.get(wrong.key).unwrap_or(&"the defaults")).to_owned(),
        key: wrong.key.to_owned(),
        value: wrong.value,
        expectation: wrong.expectation.to_owned(),
    })?;
    Ok(settings)
}

fn from_toml(text: &str, origin: &str) -> Result<Vec<Leaf>, ConfigError> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| ConfigError::Syntax {
        origin: origin.to_owned(),
        line: error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1),
        message: error.message().to_owned(),
    })?;
    let mut leaves = Vec::new();
    flatten("", table, origin, &mut leaves)?;
    Ok(leaves)
}

fn flatten(path: &str, table: Table, origin: &str, leaves: &mut Vec<Leaf>) -> Result<(), ConfigError> {
    for (name, value) in table {
        let path = if path.is_empty() { name } else { format!("{path}.{name}") };
        if let Some(key) = schema::find(&path) {
            leaves.push(checked(key, value, origin)?);
        } else if !schema::is_section(&path) {
            return Err(unknown(path, origin));
        } else if let Value::Table(table) = value {
            flatten(&path, table, origin, leaves)?;
        } else {
            let expectation = "a section with keys of its own".to_owned();
            return Err(ConfigError::BadValue {
                origin: origin.to_owned(),
                key: path,
                value: value.to_string(),
                expectation,
            });
        }
    }
    Ok(())
}

fn from_variable(name: &str, text: &str) -> Result<Leaf, ConfigError> {
    let origin = format!("the environment variable {name}");
    let path = name.strip_prefix(environment::PREFIX).unwrap_or(name).to_ascii_lowercase().replace("__", ".");
    from_text(&path, text, &origin)
}

fn from_flag(flag: &str) -> Result<Leaf, ConfigError> {
    let (path, text) = flag.split_once('=').ok_or_else(|| ConfigError::BadFlag { argument: flag.to_owned() })?;
    let path = path.trim();
    from_text(path, text, &format!("the flag `--set {path}`"))
}

/// A text becomes what the key takes: a text stays as it is, everything else is read as TOML.
fn from_text(path: &str, text: &str, origin: &str) -> Result<Leaf, ConfigError> {
    let Some(key) = schema::find(path) else { return Err(unknown(path.to_owned(), origin)) };
    let value = match key.kind {
        Kind::Text | Kind::Choice(_) => Value::String(text.to_owned()),
        Kind::Whole { .. } | Kind::Flag | Kind::Texts | Kind::Tables(_) => {
            let parsed: Option<Table> = format!("value = {}", text.trim()).parse().ok();
            parsed.and_then(|mut table| table.remove("value")).unwrap_or_else(|| Value::String(text.to_owned()))
        }
    };
    checked(key, value, origin)
}

fn checked(key: &'static Key, value: Value, origin: &str) -> Result<Leaf, ConfigError> {
    let fits = match (&key.kind, &value) {
        (Kind::Text, Value::String(_)) | (Kind::Flag, Value::Boolean(_)) => true,
        (Kind::Whole { least, most }, Value::Integer(number)) => {
            u64::try_from(*number).is_ok_and(|number| (*least..=*most).contains(&number))
        }
        (Kind::Choice(choices), Value::String(text)) => choices.contains(text),
        (Kind::Texts, Value::Array(items)) => items.iter().all(Value::is_str),
        (Kind::Tables(_), Value::Array(items)) => items.iter().all(Value::is_table),
        _ => false,
    };
    if !fits {
        return Err(bad_value(key, &value, origin, key.expectation()));
    }
    if let (Kind::Tables(names), Value::Array(items)) = (&key.kind, &value) {
        let found = items.iter().filter_map(Value::as_table).flat_map(Table::keys);
        if let Some(name) = found.into_iter().find(|name| !names.iter().any(|(known, _)| known == *name)) {
            return Err(unknown(format!("{}[].{name}", key.path), origin));
        }
    }
    let leaf = Leaf { key, value, origin: origin.to_owned() };
    // Each value is tried alone against the defaults, so that a failure is told with its key and its origin.
    let mut alone = Table::new();
    insert(&mut alone, &key.path, leaf.value.clone());
    if let Err(error) = alone.try_into::<Settings>() {
        let expectation = match (&key.kind, key.is_hidden) {
            (Kind::Tables(_), false) => format!("{} ({})", key.expectation(), error.message()),
            _ => key.expectation(),
        };
        return Err(bad_value(key, &leaf.value, origin, expectation));
    }
    Ok(leaf)
}

fn merge(leaves: &[Leaf]) -> Result<Settings, ConfigError> {
    let mut table = Table::new();
    for leaf in leaves {
        insert(&mut table, &leaf.key.path, leaf.value.clone());
    }
    table.try_into().map_err(|error: toml::de::Error| ConfigError::Syntax {
        origin: "the settings, taken together,".to_owned(),
        line: 1,
        message: error.message().to_owned(),
    })
}

fn insert(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            table.insert(path.to_owned(), value);
        }
        Some((section, rest)) => {
            let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

fn unknown(key: String, origin: &str) -> ConfigError {
    ConfigError::UnknownKey { origin: origin.to_owned(), nearest: schema::nearest(&key), key }
}

fn bad_value(key: &Key, value: &Value, origin: &str, expectation: String) -> ConfigError {
    let value = if key.is_hidden { "(hidden)".to_owned() } else { value.to_string() };
    ConfigError::BadValue { origin: origin.to_owned(), key: key.path.clone(), value, expectation }
}
