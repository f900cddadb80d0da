//! What goes wrong on the way to a connection, as a page.

use axum::response::{IntoResponse, Redirect, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use super::super::page::answer;
use super::page::OverPage;
use crate::calls::CallError;
use crate::domain::random::NoRandomness;
use crate::grants::GrantError;
use crate::operations::ApprovalError;
use crate::store::StoreError;
use crate::tenants::TenantError;
use crate::vault::VaultError;

/// Who has an owner key that cannot be shown any more: it was kept as a hash, and what shows it failed after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unshown {
    /// A member who came by an invite.
    Joined,
    /// The owner of a new tenant.
    Founded,
    /// A member who made its own key anew.
    Renewed,
}

/// Why there is no page to go on with.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    /// The request is over, was never begun, or was begun in another browser.
    #[error("this request is over")]
    Over,
    /// It was answered with yes, and its code is used.
    #[error("this request was answered before")]
    Answered,
    /// The form came from elsewhere, or has stood open for too long.
    #[error("the form's proof does not fit")]
    ForeignForm,
    /// An answer of the identity provider to no sign-in of this browser.
    #[error("the provider's answer is to no sign-in of this browser")]
    ForeignAnswer,
    /// Too many keys were tried.
    #[error("too many failed sign-ins")]
    TooManyFailures {
        /// How long the next one has to wait.
        retry_after_seconds: u64,
    },
    /// Nobody is signed in, or not any more.
    #[error("nobody is signed in")]
    SignedOut,
    /// It is long ago that the member showed who it is.
    #[error("the sign-in is too old for this")]
    Stale,
    /// Something that owners do.
    #[error("only owners do this")]
    NotAnOwner,
    /// Members who are no approvers cannot say yes or no.
    #[error("not an approver")]
    NotAnApprover,
    /// Approvers do not say yes to what they asked for themselves.
    #[error("asked for it")]
    OwnRequest,
    /// Nobody new is taken in here.
    #[error("self-service is off")]
    NoSelfService,
    /// There is no such page, or nothing of this name any more.
    #[error("there is no such thing")]
    NotFound,
    /// The tenant is suspended.
    #[error("the tenant is not served")]
    NotServed,
    /// A key was made and kept, and cannot be shown.
    #[error("an owner key was kept and cannot be shown")]
    Unshown {
        /// Whose.
        whose: Unshown,
        /// What failed.
        #[source]
        why: Box<ConnectError>,
    },
    /// Something inside.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something about the tenant.
    #[error(transparent)]
    Tenant(TenantError),
    /// The push that the tenant asks for.
    #[error(transparent)]
    Push(CallError),
    /// Something about what waits.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

impl From<GrantError> for ConnectError {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Store(error) => Self::Store(error),
            GrantError::Random(error) => Self::Random(error),
            GrantError::Over
            | GrantError::Nothing
            | GrantError::TooMany
            | GrantError::UnknownClient
            | GrantError::InvalidGrant(_)
            | GrantError::InvalidScope
            | GrantError::InvalidTarget => Self::Over,
        }
    }
}

impl From<TenantError> for ConnectError {
    fn from(error: TenantError) -> Self {
        match error {
            TenantError::Unknown | TenantError::WrongStatus(_) => Self::NotServed,
            TenantError::NotAnOwner => Self::NotAnOwner,
            TenantError::SignInAgain => Self::Stale,
            TenantError::NoPasskeys => Self::NotFound,
            TenantError::Store(error) => Self::Store(error),
            other => Self::Tenant(other),
        }
    }
}

impl From<CallError> for ConnectError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Store(error) => Self::Store(error),
            CallError::Tenant(error) => error.into(),
            other => Self::Push(other),
        }
    }
}

impl From<VaultError> for ConnectError {
    fn from(error: VaultError) -> Self {
        Self::Tenant(error.into())
    }
}

impl IntoResponse for ConnectError {
    fn into_response(self) -> Response {
        match self {
            Self::SignedOut => return Redirect::to("/connect").into_response(),
            Self::Stale => return Redirect::to("/connect/again").into_response(),
            _ => {}
        }
        let (status, title, message) = self.told();
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error = &self as &dyn std::error::Error, "A connect page failed");
        }
        let mut response = answer(status, &OverPage { title, message });
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            let seconds =
                if let Self::TooManyFailures { retry_after_seconds } = self { retry_after_seconds } else { 60 };
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl ConnectError {
    /// What failed after a key was kept. The person has to know what there is by now, whatever the reason.
    pub(super) fn unshown(whose: Unshown, why: Self) -> Self {
        Self::Unshown { whose, why: Box::new(why) }
    }

    fn told(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Over => (
                StatusCode::GONE,
                "This request is over",
                "It took too long, was begun in another browser, or was answered before. Go back to the application and \
                 connect again.",
            ),
            Self::Answered => (
                StatusCode::OK,
                "Already connected",
                "The application has its connection. You can close this page and go back to it.",
            ),
            Self::ForeignForm => (
                StatusCode::FORBIDDEN,
                "This form is not valid any more",
                "It was opened before the last sign-in, or came from another page. Nothing was granted; go back to the \
                 application and connect again.",
            ),
            Self::ForeignAnswer => (
                StatusCode::FORBIDDEN,
                "This sign-in is over",
                "It took too long, was begun in another browser, or was used before. Go back to where you began and sign \
                 in again.",
            ),
            Self::TooManyFailures { .. } => (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many attempts",
                "Too many sign-ins from this address failed, or came at once. Try again in a minute; after very many it takes five.",
            ),
            Self::SignedOut | Self::Stale => (StatusCode::SEE_OTHER, "Sign in first", "Sign in and try again."),
            Self::NotAnOwner | Self::NotAnApprover | Self::OwnRequest | Self::NoSelfService => self.forbidden(),
            Self::NotFound => {
                (StatusCode::NOT_FOUND, "There is nothing here", "It may be gone, or the address have a typo.")
            }
            Self::NotServed => (
                StatusCode::FORBIDDEN,
                "This subscription is suspended",
                "No application can be connected to it now. Ask the operator of this gateway.",
            ),
            Self::Unshown { whose, .. } => {
                let (title, message) = whose.told();
                (StatusCode::INTERNAL_SERVER_ERROR, title, message)
            }
            Self::Store(StoreError::Unavailable(_)) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Not available now",
                "The database cannot be reached. Try again in a moment. If you sent a form, look first whether it was taken.",
            ),
            Self::Store(_) | Self::Tenant(_) | Self::Push(_) | Self::Approval(_) | Self::Random(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something is wrong here",
                "The gateway's log says what. If you sent a form, look whether it was taken.",
            ),
        }
    }

    /// What somebody who is known, or nobody yet, may not do here.
    fn forbidden(&self) -> (StatusCode, &'static str, &'static str) {
        let (title, message) = match self {
            Self::NotAnOwner => (
                "Only owners may do this",
                "You are signed in, and your role does not include it. Ask an owner of your subscription.",
            ),
            Self::NotAnApprover => (
                "Only approvers may do this",
                "You are signed in, and nobody made you an approver. Ask an owner of your subscription.",
            ),
            Self::OwnRequest => (
                "Somebody else has to say yes",
                "You asked for this yourself. An owner, or another approver, can approve it; you can deny it.",
            ),
            _ => ("Nobody new is taken in here", "The operator of this gateway adds Duo accounts. Ask for an invite."),
        };
        (StatusCode::FORBIDDEN, title, message)
    }
}

impl Unshown {
    /// What exists by now, and who makes another key.
    fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::Joined => (
                "You are a member, and your key cannot be shown",
                "The invite worked and is used up; something failed after that. You need another owner key to sign in: \
                 ask an owner of your subscription, who makes one on the manage page.",
            ),
            Self::Founded => (
                "Your subscription exists, and your key cannot be shown",
                "Your Duo account is connected and you are the owner; something failed after that. You need another \
                 owner key to sign in: ask the operator of this gateway. Entering the Duo keys again would make another \
                 subscription.",
            ),
            Self::Renewed => (
                "Your new key cannot be shown",
                "The old key and your sessions have ended; something failed after that. A passkey still signs you in. \
                 Without one, ask an owner of your subscription for another owner key; if you are the only one, ask the \
                 operator of this gateway.",
            ),
        }
    }
}
