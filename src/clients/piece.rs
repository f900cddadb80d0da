//! What an instruction is made of: words, a command, a file, a link.

use serde::Serialize;

/// One step of an instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Piece {
    /// Something to do by hand.
    Do {
        /// What.
        text: String,
    },
    /// Something to type in a terminal.
    Command {
        /// The command, without a prompt.
        text: String,
    },
    /// Something to write into a file.
    File {
        /// Which.
        path: &'static str,
        /// What kind of text it is: `json` or `toml`.
        language: &'static str,
        /// What to write.
        text: String,
    },
    /// Something to click.
    Link {
        /// What the click does.
        label: &'static str,
        /// Where it leads.
        href: String,
    },
}

impl Piece {
    pub(super) fn act(text: impl Into<String>) -> Self {
        Self::Do { text: text.into() }
    }

    pub(super) fn command(text: impl Into<String>) -> Self {
        Self::Command { text: text.into() }
    }

    pub(super) fn json(path: &'static str, value: &serde_json::Value) -> Self {
        Self::File { path, language: "json", text: format!("{value:#}") }
    }
}

/// How a client comes in, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    /// The one address that the client is given.
    pub url: String,
    /// The steps. Where the first is a link, the rest is the same by hand.
    pub steps: Vec<Piece>,
}
