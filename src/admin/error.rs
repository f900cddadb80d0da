//! What goes wrong with a request to the REST API, as problem+json.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, WWW_AUTHENTICATE};

use crate::operations::ApprovalError;
use crate::store::StoreError;
use crate::tenants::{Refuted, TenantError};
use crate::web::bearer::BearerError;
use crate::web::problem::Problem;

/// Why a request to the REST API is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum AdminError {
    #[error("no operator key was shown")]
    NotAuthenticated,
    #[error("{why}")]
    WrongKey { why: String },
    #[error("{0}")]
    BadCredential(BearerError),
    #[error("too many wrong keys came from this address")]
    TooManyFailures { retry_after_seconds: u64 },
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("this address does not take this method")]
    NoSuchMethod,
    #[error("the body is sent as application/json")]
    NotJson,
    #[error("{0}")]
    BadBody(String),
    #[error("unknown field `{field}`; did you mean `{nearest}`?")]
    UnknownField { field: String, nearest: String },
    #[error("`{field}`: {why}")]
    Invalid { field: &'static str, why: String },
    #[error("{0}")]
    BadQuery(String),
    #[error("`{name}` is {expected}")]
    BadParameter { name: &'static str, expected: &'static str },
    #[error("`cursor` is not one that this list gave")]
    BadCursor,
    #[error("to show that the deletion is meant, repeat the tenant's short name: ?confirm={slug}")]
    NotConfirmed { slug: String },
    #[error(transparent)]
    Tenant(#[from] TenantError),
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        let problem = self.problem();
        if problem.status().is_server_error() {
            tracing::error!(error = &self as &dyn std::error::Error, "A request to the admin API failed");
        }
        let mut response = problem.into_response();
        if response.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl AdminError {
    fn problem(&self) -> Problem {
        let told = |status, code, title| Problem::new(status, code, title).with_detail(self.to_string());
        match self {
            Self::NotAuthenticated | Self::WrongKey { .. } => {
                told(StatusCode::UNAUTHORIZED, "not_authenticated", "An operator key is needed")
            }
            Self::BadCredential(_) => told(StatusCode::BAD_REQUEST, "bad_credential", "The credential is not one"),
            Self::TooManyFailures { retry_after_seconds } => {
                told(StatusCode::TOO_MANY_REQUESTS, "too_many_failures", "Too many failed authentications")
                    .with_retry_after(*retry_after_seconds)
            }
            Self::NotFound(_) => told(StatusCode::NOT_FOUND, "not_found", "There is nothing like it"),
            Self::NoSuchMethod => told(StatusCode::METHOD_NOT_ALLOWED, "no_such_method", "Not by this method"),
            Self::NotJson => told(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", "The body is not JSON"),
            Self::BadBody(_) | Self::UnknownField { .. } | Self::Invalid { .. } => {
                told(StatusCode::UNPROCESSABLE_ENTITY, "bad_body", "The body does not fit")
            }
            Self::BadQuery(_) | Self::BadParameter { .. } | Self::BadCursor => {
                told(StatusCode::BAD_REQUEST, "bad_parameter", "A parameter does not fit")
            }
            Self::NotConfirmed { .. } => told(StatusCode::CONFLICT, "not_confirmed", "The deletion is not confirmed"),
            Self::Tenant(error) => tenant(error),
            Self::Approval(error) => approval(error),
            Self::Store(error) => store(error),
        }
    }
}

fn approval(error: &ApprovalError) -> Problem {
    let told = |status, code, title| Problem::new(status, code, title).with_detail(error.to_string());
    match error {
        ApprovalError::Unknown => told(StatusCode::NOT_FOUND, "not_found", "There is nothing like it"),
        ApprovalError::NotWaiting { .. } => told(StatusCode::CONFLICT, "not_waiting", "It does not wait any more"),
        ApprovalError::Unreadable => told(StatusCode::CONFLICT, "unreadable", "Nobody can say yes to it"),
        ApprovalError::Store(error) => store(error),
        ApprovalError::Vault(_) | ApprovalError::Random(_) => internal(),
    }
}

fn store(error: &StoreError) -> Problem {
    match error {
        StoreError::Unavailable(_) => unavailable(),
        StoreError::Conflict(_) => changed(error.to_string()),
        StoreError::Corrupt { .. }
        | StoreError::Schema(_)
        | StoreError::Role(_)
        | StoreError::Place(_)
        | StoreError::Refused(_) => internal(),
    }
}

fn tenant(error: &TenantError) -> Problem {
    let told = |status, code, title| Problem::new(status, code, title).with_detail(error.to_string());
    let invalid = |code| told(StatusCode::UNPROCESSABLE_ENTITY, code, "The body does not fit");
    match error {
        TenantError::Unknown
        | TenantError::NoSuchConnection { .. }
        | TenantError::NoCredential { .. }
        | TenantError::NoSuchKey
        | TenantError::NoSuchPasskey
        | TenantError::NoSuchMember
        | TenantError::NoSuchInvite
        | TenantError::NoSuchGrant
        | TenantError::NoSuchClient
        | TenantError::NoSuchAccount { .. } => told(StatusCode::NOT_FOUND, "not_found", "There is nothing like it"),
        TenantError::SlugTaken(_) => told(StatusCode::CONFLICT, "slug_taken", "The name is taken"),
        TenantError::MemberNameTaken(_) | TenantError::DuoUsernameTaken(_) => {
            told(StatusCode::CONFLICT, "member_taken", "Another member has this")
        }
        TenantError::NoPasskeys
        | TenantError::TooManyPasskeys { .. }
        | TenantError::StalePasskey
        | TenantError::BadPasskey(_)
        | TenantError::PasskeyTaken
        | TenantError::SignInAgain => told(StatusCode::CONFLICT, "passkey", "The passkey cannot be used so"),
        TenantError::IdentityTaken => told(StatusCode::CONFLICT, "identity_taken", "The identity is linked already"),
        TenantError::LastOwner => told(StatusCode::CONFLICT, "last_owner", "The tenant needs an owner"),
        TenantError::NotAnOwner => told(StatusCode::FORBIDDEN, "not_an_owner", "Only an owner may"),
        TenantError::ServiceInDuo | TenantError::ServiceApproves | TenantError::ServiceSignsIn => invalid("a_service"),
        TenantError::BeyondMember { .. } => invalid("beyond_member"),
        TenantError::BadInvite => invalid("bad_invite"),
        TenantError::WrongStatus(_) => told(StatusCode::CONFLICT, "wrong_status", "The tenant is in another state"),
        TenantError::HostInUse(_) => told(StatusCode::CONFLICT, "host_in_use", "The host is in use"),
        TenantError::NotVerified { .. }
        | TenantError::NothingConnected
        | TenantError::AccountNeeded(_)
        | TenantError::AmbiguousAccount { .. }
        | TenantError::BadChildHost { .. }
        | TenantError::NotForChildren { .. } => told(StatusCode::CONFLICT, "not_usable", "It cannot be used so"),
        TenantError::BadText { .. } => invalid("bad_text"),
        TenantError::BadSlug(_) => invalid("bad_slug"),
        TenantError::BadHost(_) => invalid("bad_host"),
        TenantError::BadDefaults(_) => invalid("bad_defaults"),
        TenantError::BadKeys(_) => invalid("bad_keys"),
        TenantError::NoScopes => invalid("no_scopes"),
        TenantError::BadLifetime { .. } => invalid("bad_lifetime"),
        TenantError::BadStanding(_) => invalid("bad_standing"),
        TenantError::Refuted(refuted) => {
            told(StatusCode::UNPROCESSABLE_ENTITY, refuted_code(refuted), "Duo did not confirm the credential")
        }
        TenantError::TooManyAttempts { retry_after_seconds } => {
            told(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", "Too many wrong attempts")
                .with_retry_after(u64::try_from(*retry_after_seconds).unwrap_or(1))
        }
        TenantError::Changed => changed(error.to_string()),
        TenantError::Duo(_) => told(StatusCode::BAD_GATEWAY, "duo", "Duo did not answer as hoped"),
        TenantError::Store(error) => store(error),
        TenantError::Vault(_) | TenantError::NoRandomness(_) => internal(),
    }
}

/// Each is put right in another place, so each has a code of its own.
fn refuted_code(refuted: &Refuted) -> &'static str {
    match refuted {
        Refuted::Unreachable { .. } => "duo_unreachable",
        Refuted::IntegrationKey => "wrong_integration_key",
        Refuted::SecretKey => "wrong_secret_key",
        Refuted::Clock => "clock_skew",
        Refuted::WrongApplication(_) => "wrong_application",
        Refuted::Forbidden => "duo_forbidden",
        Refuted::NotNow(_) => "duo_not_now",
    }
}

fn changed(detail: String) -> Problem {
    Problem::new(StatusCode::CONFLICT, "changed", "Somebody else changed it at the same moment").with_detail(detail)
}

fn unavailable() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The database cannot be reached").with_retry_after(2)
}

fn internal() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something is wrong in the gateway")
        .with_detail("The log says what, under this request's id.")
}
