//! What the corridor hands back: an answer, or a question to the person.

use serde_json::Value;

use crate::tools::content::Content;

/// What the corridor hands back.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The answer.
    Answer {
        /// One line.
        summary: String,
        /// The structured answer; its root is an object.
        structured: Value,
        /// Whether the audit log has it already, in the change's own transaction.
        recorded: bool,
    },
    /// The client shows a form.
    Ask {
        /// What the form says: the objects and the effect.
        message: String,
        /// What the person types to go on.
        phrase: String,
        /// Comes back with the answer.
        state: String,
    },
    /// Content without fields: a prompt's words.
    Said(Vec<Content>),
    /// The client is asked for this; only fixtures ask for more than a confirmation.
    #[cfg(feature = "conformance")]
    Questions {
        /// The questions, by name.
        questions: Vec<(&'static str, crate::tools::talk::Question)>,
        /// Comes back with the answers.
        state: Option<String>,
    },
}

impl Reply {
    /// An answer whose row is still to be written.
    pub(super) fn answer(summary: String, structured: Value) -> Self {
        Self::Answer { summary, structured, recorded: false }
    }

    /// The same, written down already.
    pub(super) fn recorded(self) -> Self {
        match self {
            Self::Answer { summary, structured, .. } => Self::Answer { summary, structured, recorded: true },
            other => other,
        }
    }

    pub(super) fn is_recorded(&self) -> bool {
        match self {
            Self::Answer { recorded, .. } => *recorded,
            Self::Ask { .. } => true,
            Self::Said(_) => false,
            #[cfg(feature = "conformance")]
            Self::Questions { .. } => false,
        }
    }
}
