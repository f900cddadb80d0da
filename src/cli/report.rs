//! What a command has to say: laid out for a person, or as JSON for a machine.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

/// What a command has to say.
#[derive(Debug)]
pub(super) struct Report {
    text: String,
    json: Value,
}

impl Report {
    /// The same thing said twice.
    pub(super) fn new(text: impl Into<String>, json: &impl Serialize) -> anyhow::Result<Self> {
        Ok(Self { text: text.into(), json: serde_json::to_value(json)? })
    }

    /// Says it on the standard output.
    pub(super) fn print(&self, as_json: bool) -> io::Result<()> {
        let text = if as_json { format!("{:#}", self.json) } else { self.text.clone() };
        say(&text)
    }
}

/// Writes a text and a line break on the standard output. A reader that has seen enough (`| head`) is no failure.
pub(super) fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes a text and a line break on the standard error stream.
pub(super) fn warn(text: &str) {
    // There is nobody left to tell when this fails.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
