//! What goes wrong with a page, as a page.

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::page::{TroublePage, answer};
use crate::domain::random::NoRandomness;
use crate::operations::ApprovalError;
use crate::store::StoreError;

/// Why there is no page to show.
#[derive(Debug, thiserror::Error)]
pub(super) enum PageError {
    /// There is no such operation or page.
    #[error("there is nothing here")]
    NotFound,
    /// The form came from elsewhere, or has stood open for too long.
    #[error("the form's proof does not fit")]
    ForeignForm,
    /// Too many keys were tried.
    #[error("too many failed sign-ins")]
    TooManyFailures,
    /// The approval failed.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There are no random bytes for a session.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, title, message) = self.told();
        if status.is_server_error() {
            tracing::error!(error = &self as &dyn std::error::Error, "A page failed");
        }
        answer(status, &TroublePage { title, message, request: None })
    }
}

const NOT_FOUND: (StatusCode, &str, &str) =
    (StatusCode::NOT_FOUND, "Nothing here", "There is no operation or page at this address.");
const UNAVAILABLE: (StatusCode, &str, &str) = (
    StatusCode::SERVICE_UNAVAILABLE,
    "Not available now",
    "The database cannot be reached. Nothing was decided; try again in a moment.",
);
const INTERNAL: (StatusCode, &str, &str) = (
    StatusCode::INTERNAL_SERVER_ERROR,
    "Something is wrong here",
    "The gateway's log says what. Nothing was decided unless the operation's page says so.",
);

impl PageError {
    fn told(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NotFound | Self::Approval(ApprovalError::Unknown) => NOT_FOUND,
            Self::ForeignForm => (
                StatusCode::FORBIDDEN,
                "This form is not valid any more",
                "It was opened before the last sign-in, or has stood open for too long. Nothing was decided; go back and \
                 try again.",
            ),
            Self::TooManyFailures => (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many attempts",
                "Too many wrong keys came from this address. Wait a minute and try again.",
            ),
            Self::Approval(ApprovalError::NotWaiting { .. }) => {
                (StatusCode::CONFLICT, "Already decided", "This operation does not wait any more.")
            }
            Self::Store(StoreError::Unavailable(_))
            | Self::Approval(ApprovalError::Store(StoreError::Unavailable(_))) => UNAVAILABLE,
            Self::Store(_) | Self::Approval(_) | Self::Random(_) => INTERNAL,
        }
    }
}
