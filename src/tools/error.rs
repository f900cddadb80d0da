//! What can go wrong while a tool works.

use duo_api::{Api, DuoError, Forbidden};

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

impl ToolError {
    /// The stable word that an audit row and an answer give for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Arguments(_) => "bad_arguments",
            Self::NoCredential(_) => "no_credential",
            Self::NotOne { code, .. } | Self::Rule { code, .. } => code,
            Self::OutOfTime => "out_of_time",
            Self::Duo(error) => duo_code(error),
        }
    }
}

/// The stable word for a failure of Duo's.
pub fn duo_code(error: &DuoError) -> &'static str {
    match error {
        DuoError::Unreachable { .. } => "duo_unreachable",
        DuoError::RateLimited { .. } => "rate_limited",
        DuoError::Unauthorized { .. } => "duo_keys_rejected",
        DuoError::Forbidden { why: Forbidden::WrongApplication, .. } => "wrong_api_type",
        DuoError::Forbidden { .. } => "missing_grant",
        DuoError::NotFound(_) => "not_found_in_duo",
        DuoError::Rejected(_) => "rejected_by_duo",
        DuoError::ServerFault(_) => "duo_fault",
        DuoError::OutcomeUnknown(_) => "outcome_unknown",
        DuoError::Unreadable { .. } => "duo_answer_unreadable",
        DuoError::TooLarge { .. } => "duo_answer_too_large",
        DuoError::KeysUnavailable(_) => "keys_unavailable",
        DuoError::InvalidCall(_) => "bad_arguments",
        DuoError::TimedOut => "duo_timed_out",
        DuoError::Interrupted => "duo_interrupted",
    }
}
