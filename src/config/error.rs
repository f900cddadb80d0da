//! What can be wrong with settings, said so that an operator can mend it.

/// Settings that cannot be used. The message names where the value came from, the key, the value and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key that no version of the settings has.
    #[error("unknown key `{key}` in {origin}; did you mean `{nearest}`?")]
    UnknownKey {
        /// The file, variable or flag.
        origin: String,
        /// The key as it was found.
        key: String,
        /// The known key that is spelled most like it.
        nearest: String,
    },
    /// A value of the wrong type, out of its range, or at odds with another.
    #[error("`{key}` in {origin} is {value}; expected {expectation}")]
    BadValue {
        /// The file, variable or flag; "the defaults" if the key was not set.
        origin: String,
        /// The key.
        key: String,
        /// The value as TOML; hidden for keys that may carry a password.
        value: String,
        /// What would have been accepted.
        expectation: String,
    },
    /// A text that is not TOML.
    #[error("{origin} is not TOML: line {line}: {message}")]
    Syntax {
        /// The file.
        origin: String,
        /// The line, counted from 1.
        line: usize,
        /// What the parser says, without the line's content, which may hold a password.
        message: String,
    },
    /// A settings file that was asked for and cannot be read.
    #[error("{origin} cannot be read: {source}")]
    Unreadable {
        /// The file.
        origin: String,
        /// Why.
        source: std::io::Error,
    },
    /// A flag that is not `section.key=value`.
    #[error("`--set {argument}` is not of the form `section.key=value`")]
    BadFlag {
        /// What stood before the first `=`, or the whole where there was none.
        argument: String,
    },
    /// No place for the gateway's files is known.
    #[error("`data_dir` is not set and neither XDG_DATA_HOME nor HOME is; set one of them")]
    NoDataDir,
}
