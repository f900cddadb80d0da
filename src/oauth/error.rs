//! Refusals: as JSON to a program, as a page to a person.

use axum::Json;
use axum::response::{Html, IntoResponse, Response};
use http::header::{CACHE_CONTROL, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use crate::grants::{ClientError, GrantError};
use crate::store::StoreError;

/// A refusal as OAuth words it.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    description: String,
    retry_after: Option<u64>,
}

impl Refusal {
    pub(super) fn new(code: &'static str, description: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, description: description.into(), retry_after: None }
    }

    /// 401 `invalid_client`: hosted clients register anew when they hear it.
    fn unknown_client() -> Self {
        let refusal = Self::new("invalid_client", "This client is not known; register it again.");
        Self { status: StatusCode::UNAUTHORIZED, ..refusal }
    }

    /// 503: never anything that would make a client throw its token away.
    fn unavailable() -> Self {
        let refusal = Self::new("temporarily_unavailable", "The gateway's database is away. Try again in a moment.");
        Self { status: StatusCode::SERVICE_UNAVAILABLE, retry_after: Some(2), ..refusal }
    }

    pub(super) fn too_many(seconds: u64) -> Self {
        let refusal = Self::new("temporarily_unavailable", "Too many requests from this address.");
        Self { status: StatusCode::TOO_MANY_REQUESTS, retry_after: Some(seconds), ..refusal }
    }

    /// Whether it is the caller's doing.
    pub(super) fn is_failure_of_client(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST || self.status == StatusCode::UNAUTHORIZED
    }

    fn of_store(error: &StoreError) -> Self {
        if !matches!(error, StoreError::Unavailable(_)) {
            tracing::error!(error = error as &dyn std::error::Error, "The store refused an OAuth request");
        }
        Self::unavailable()
    }
}

impl From<GrantError> for Refusal {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::UnknownClient => Self::unknown_client(),
            GrantError::InvalidGrant(why) => Self::new("invalid_grant", why),
            GrantError::TooMany => Self::too_many(60),
            GrantError::Over | GrantError::Nothing => Self::new("invalid_grant", error.to_string()),
            GrantError::InvalidScope => Self::new("invalid_scope", error.to_string()),
            GrantError::InvalidTarget => Self::new("invalid_target", error.to_string()),
            GrantError::Store(error) => Self::of_store(&error),
            GrantError::Random(_) => Self::unavailable(),
        }
    }
}

impl From<ClientError> for Refusal {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::BadRedirects(why) => Self::new("invalid_redirect_uri", why),
            ClientError::BadMetadata(why) => Self::new("invalid_client_metadata", why),
            ClientError::TooMany => Self::too_many(3_600),
            ClientError::NotTaken | ClientError::BadAddress(_) | ClientError::BadDocument(_) => {
                Self::new("invalid_client", error.to_string())
            }
            ClientError::Unreachable => Self::new("temporarily_unavailable", error.to_string()),
            ClientError::Unknown => Self::unknown_client(),
            ClientError::Store(error) => Self::of_store(&error),
            ClientError::Random(_) => Self::unavailable(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.code, "error_description": self.description });
        let mut response = (self.status, Json(body)).into_response();
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A refusal that a person reads: shown here, because nothing proves yet that the client's address is the client's.
#[derive(Debug)]
pub(super) struct Shown {
    status: StatusCode,
    message: String,
}

impl Shown {
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into() }
    }

    pub(super) fn too_many() -> Self {
        let message = "Too many connections were begun from this address. Wait a minute and try again.".to_owned();
        Self { status: StatusCode::TOO_MANY_REQUESTS, message }
    }
}

impl From<ClientError> for Shown {
    fn from(error: ClientError) -> Self {
        let message = match &error {
            ClientError::Unknown => {
                "The application that sent you here is not known to this gateway, or not any more. Remove the \
                 connection in the application and add it again."
                    .to_owned()
            }
            ClientError::Store(_) | ClientError::Random(_) => {
                let message = "The gateway's database cannot be reached. Try again in a moment.".to_owned();
                return Self { status: StatusCode::SERVICE_UNAVAILABLE, message };
            }
            ClientError::Unreachable => {
                let message = "The description of the application that sent you here cannot be fetched now. Try again \
                               in a few minutes.";
                return Self { status: StatusCode::SERVICE_UNAVAILABLE, message: message.to_owned() };
            }
            other => format!("The application that sent you here cannot be connected: {other}."),
        };
        Self::bad_request(message)
    }
}

impl From<GrantError> for Shown {
    fn from(error: GrantError) -> Self {
        if matches!(error, GrantError::TooMany) {
            return Self::too_many();
        }
        tracing::error!(error = &error as &dyn std::error::Error, "A request for leave cannot be kept");
        let message = "The gateway's database cannot be reached. Try again in a moment.".to_owned();
        Self { status: StatusCode::SERVICE_UNAVAILABLE, message }
    }
}

impl IntoResponse for Shown {
    fn into_response(self) -> Response {
        let message = escaped(&self.message);
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>This connection cannot be made</title>\
             <link rel=\"stylesheet\" href=\"/assets/style.css\"></head>\n<body>\n<main>\n<section class=\"card narrow\">\n\
             <h1>This connection cannot be made</h1>\n<p>{message}</p>\n</section>\n</main>\n</body>\n</html>\n"
        );
        let mut response = (self.status, Html(page)).into_response();
        if matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
        }
        response
    }
}

fn escaped(text: &str) -> String {
    let text = crate::domain::text::visible(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
