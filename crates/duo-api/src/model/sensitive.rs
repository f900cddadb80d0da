//! A text of Duo's that opens something.

use std::fmt;

use serde::Deserialize;
use zeroize::Zeroizing;

/// A credential inside an answer. It is not printed, not serialised, and wiped when dropped.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Sensitive(Zeroizing<String>);

impl Sensitive {
    /// The text, for whoever must use it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Sensitive {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sensitive(..)")
    }
}
