//! How the log looks and how much it says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The log, on the standard error stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// How a line looks: `text` for people, `json` for machines.
    pub format: LogFormat,
    /// The least important lines that are still written: `error`, `warn`, `info`, `debug` or `trace`. Libraries that
    /// print message bodies stay at `warn` whatever stands here.
    pub level: LogLevel,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the setting's own description says what they mean")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// How important a log line is, most important first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names are those of every logging library")]
pub enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}
