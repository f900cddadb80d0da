//! Duo's own words in a refusal, made safe to repeat.

use std::fmt;

use serde::Serialize;

/// The longest text of Duo's that is passed on.
const LONGEST: usize = 300;

/// A refusal in Duo's words: nothing of the answer but these, without control characters and cut to a length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Duo's code; its first three digits are the status.
    pub code: u32,
    /// Duo's message.
    pub message: String,
    /// Duo's detail, often the name of the parameter at fault.
    pub detail: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.message)?;
        match &self.detail {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}

/// Without control characters, at most [`LONGEST`] characters.
pub(crate) fn clean(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_and_cleaned() {
        assert_eq!(clean("a\u{1b}[31m\r\nb\u{85}"), "a[31mb");
        assert_eq!(clean(&"é".repeat(400)).chars().count(), 300);
    }
}
