//! The only place that reads environment variables; clippy bans it elsewhere.
//!
//! A variable cannot be removed from the process after it was read: since edition 2024 `std::env::remove_var` is unsafe,
//! because other threads may be reading the environment, and unsafe code is forbidden in this project. Therefore a secret
//! in a variable stays readable, for the same user, in `/proc/<pid>/environ`; that is why KEK source `env` is warned
//! about and `file` and `command` are not.

use std::path::PathBuf;

use zeroize::Zeroizing;

/// Variables that start with this are settings.
pub(super) const PREFIX: &str = "DUO_MCP__";

/// The variable that names the settings file when `--config` does not.
const FILE: &str = "DUO_MCP_CONFIG";

/// The value of a variable that holds a secret, wiped from memory when it is dropped. `None` if it is not set, empty, or
/// not UTF-8.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn secret(variable: &str) -> Option<Zeroizing<String>> {
    std::env::var(variable).ok().filter(|value| !value.is_empty()).map(Zeroizing::new)
}

/// The settings file that the environment names.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn config_file() -> Option<PathBuf> {
    std::env::var_os(FILE).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// All variables that are settings, sorted by name.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn settings() -> Vec<(String, String)> {
    let mut found: Vec<_> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect();
    found.sort();
    found
}

/// The gateway's folder in the user's data folder, if there is a user with one.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn user_data_dir() -> Option<PathBuf> {
    // The XDG specification says that a relative path is to be ignored.
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")))?;
    Some(base.join("duo-mcp-gateway"))
}
