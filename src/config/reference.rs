//! The settings in words: `docs/settings.md` and the example file.

use std::fmt::Write as _;

use super::schema::{self, Key, Kind};

/// The page `docs/settings.md`.
pub fn markdown() -> String {
    let mut page = String::from(PAGE_HEAD);
    let mut section = None;
    for key in schema::keys() {
        let here = schema::section(&key.path);
        if section != Some(here) {
            section = Some(here);
            let title = if here.is_empty() { "Outside of any section".to_owned() } else { format!("`[{here}]`") };
            let _ =
                write!(page, "\n## {title}\n\n| key | takes | default | what it does |\n| --- | --- | --- | --- |\n");
        }
        let default = key.default.as_ref().map_or_else(|| "none".to_owned(), |value| format!("`{value}`"));
        let row = format!("| `{}` | {} | {default} | {} |\n", key.path, takes(key), cell(&key.description));
        page.push_str(&row);
        if let Kind::Tables(names) = &key.kind {
            for (name, description) in names {
                let _ = writeln!(page, "| `{}[].{name}` | text | none | {} |", key.path, cell(description));
            }
        }
    }
    page
}

/// The file `config/gateway.example.toml`: every key, explained, commented out at its default.
pub fn example() -> String {
    let mut file = String::from(FILE_HEAD);
    let mut section = "";
    for key in schema::keys() {
        let here = schema::section(&key.path);
        if section != here {
            section = here;
            let _ = write!(file, "\n[{here}]\n");
        }
        let name = key.path.rsplit('.').next().unwrap_or_default();
        file.push('\n');
        comment(&mut file, &key.description);
        if let Kind::Tables(names) = &key.kind {
            for (name, description) in names {
                comment(&mut file, &format!("- {name}: {description}"));
            }
        }
        match (&key.default, &key.example) {
            (Some(default), Some(example)) => {
                let _ = writeln!(file, "# For example: {name} = {example}\n#{name} = {default}");
            }
            (Some(default), None) => {
                let _ = writeln!(file, "#{name} = {default}");
            }
            (None, Some(example)) => {
                let _ = writeln!(file, "# No default; for example:\n#{name} = {example}");
            }
            (None, None) => file.push_str("# No default.\n"),
        }
    }
    file
}

fn takes(key: &Key) -> String {
    match &key.kind {
        Kind::Text => "text".to_owned(),
        Kind::Whole { least, most } => format!("whole number, {least} to {most}"),
        Kind::Flag => "true or false".to_owned(),
        Kind::Choice(choices) => choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(" or "),
        Kind::Texts => "list of texts".to_owned(),
        Kind::Tables(_) => "list of tables".to_owned(),
    }
}

/// A text as it can stand in a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Writes a comment, broken into lines of at most 100 characters.
fn comment(file: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + word.len() >= 100 {
            let _ = writeln!(file, "{line}");
            line.truncate(1);
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(file, "{line}");
}

const PAGE_HEAD: &str = "\
# Settings

<!-- Generated from the doc comments in src/config; a test compares this page with what the program would write. -->

Each setting is taken from the strongest of four places that names it:

1. the flag `--set section.key=value`
2. the environment variable `DUO_MCP__SECTION__KEY`: in capitals, two underscores for each dot
3. the TOML file that `--config`, or else the variable `DUO_MCP_CONFIG`, names
4. the default

In a flag or variable a text stands without quotes, a list is written as in TOML (`[\"a\", \"b\"]`). An unknown key is
an error, whichever place it stands in. An empty variable counts as not set where the default is none. No key-encryption key stands here: the settings say where each is fetched from.
";

const FILE_HEAD: &str = "\
# Settings of duo-mcp-gateway: every key, each commented out at its default.
#
# A line that starts with `#` and a key can be taken in by deleting the `#`. The environment variable
# DUO_MCP__SECTION__KEY and the flag `--set section.key=value` come before this file.
# Generated from the doc comments in src/config; a test compares it with what the program would write.
";
