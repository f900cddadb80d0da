//! What can go wrong while a tool works.

use duo_api::{Api, DuoError};

/// A failure of a tool, in words that the transport turns into advice for the model.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The arguments do not fit; the sentence says which and what fits.
    #[error("{0}")]
    Arguments(String),
    /// The account has no credential for the API that this needs.
    #[error("no {} credential is stored for this account", .0.title())]
    NoCredential(Api),
    /// Nothing, or more than one thing, fits what was named.
    #[error("{message}")]
    NotOne {
        /// A stable word: `user_not_found`, `account_not_found`, `user_ambiguous`.
        code: &'static str,
        /// What happened.
        message: String,
        /// What to do.
        fix: String,
    },
    /// A rule of Duo's forbids it; known before anything is sent.
    #[error("{message}")]
    Rule {
        /// A stable word.
        code: &'static str,
        /// What happened.
        message: String,
        /// What to do.
        fix: String,
    },
    /// It took longer than a call may.
    #[error("the answer was not complete in time")]
    OutOfTime,
    /// Duo failed or refused.
    #[error(transparent)]
    Duo(#[from] DuoError),
}

impl ToolError {
    /// No user has this name.
    pub fn no_such_user(named: &str) -> Self {
        Self::NotOne {
            code: "user_not_found",
            message: format!("No Duo user has the id, username, alias or e-mail address `{named}`."),
            fix: "Look the person up with list_users, and use the username or user_id it shows.".into(),
        }
    }
}
