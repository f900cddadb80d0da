//! What can go wrong with keys and envelopes, without a byte of either.

use std::path::PathBuf;

use crate::domain::random::NoRandomness;

/// Why something was not sealed or opened. No variant holds material.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// It was wrapped by a key-encryption key that is not on the ring.
    #[error("the key-encryption key `{0}` is not on the ring")]
    UnknownKey(String),
    /// The text is damaged, or belongs to another owner, field, version or key.
    #[error("{what} does not open")]
    DoesNotOpen {
        /// What was to be opened.
        what: &'static str,
    },
    /// The ring cannot be used.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// There are no random bytes for a key or a nonce.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Why the ring of key-encryption keys cannot be used. Each names the key, so that an operator knows where to look.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// There is no key at all.
    #[error("the ring of key-encryption keys is empty: set [[keys.ring]]")]
    Empty,
    /// A name that cannot stand in an envelope.
    #[error("`{0}` cannot name a key-encryption key: a name has 1 to 32 letters, digits, `-` or `_`")]
    BadId(String),
    /// Two keys have one name.
    #[error("the ring has two key-encryption keys called `{0}`")]
    Duplicate(String),
    /// Several keys and none said to be the active one.
    #[error("the ring has several key-encryption keys: say in keys.active which one seals")]
    NoneActive,
    /// The active key is not on the ring.
    #[error("the active key-encryption key `{0}` is not on the ring")]
    ActiveMissing(String),
    /// A key's file cannot be read or made.
    #[error("key-encryption key `{id}`: {path}: {reason}", path = path.display())]
    File {
        /// The key.
        id: String,
        /// Its file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A key's file can be read by others than its owner.
    #[error(
        "key-encryption key `{id}`: {path} has mode {mode:04o}, so others can use it: set it to 0600 or 0400",
        path = path.display()
    )]
    TooOpen {
        /// The key.
        id: String,
        /// Its file.
        path: PathBuf,
        /// The file's mode.
        mode: u32,
    },
    /// A key's command did not give a key.
    #[error("key-encryption key `{id}`: its command {reason}")]
    Command {
        /// The key.
        id: String,
        /// What happened; never what the command wrote.
        reason: String,
    },
    /// A key's environment variable is not set.
    #[error("key-encryption key `{id}`: the environment variable {var} is not set")]
    NoVariable {
        /// The key.
        id: String,
        /// The variable.
        var: String,
    },
    /// What was found is no key.
    #[error("key-encryption key `{id}`: not 32 bytes in base64")]
    NotAKey {
        /// The key.
        id: String,
    },
    /// What was found is a placeholder.
    #[error("key-encryption key `{id}`: all its bytes are the same, so it is a placeholder and no key")]
    Placeholder {
        /// The key.
        id: String,
    },
}
