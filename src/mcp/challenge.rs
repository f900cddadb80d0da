//! How a request that may not pass is told the way: 401 and 403 with a challenge.

use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::state::Door;
use crate::domain::scope::Scopes;
use crate::web::problem::Problem;

/// 401. Without a credential there is no error in it; with one that does not work there is.
pub(super) fn unauthorized(door: &Door, why: Option<String>) -> Response {
    let error = why.as_ref().map(|_| "invalid_token");
    let detail = why.unwrap_or_else(|| match door {
        Door::People { .. } => {
            "Let your client sign in, or send `Authorization: Bearer dgk_…` with an API key of this gateway.".into()
        }
        Door::Keys => "Send `Authorization: Bearer dgk_…` with an API key of this gateway.".into(),
    });
    let problem = Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "A valid credential is needed");
    with(header(door, error, Scopes::read_only()), problem.with_detail(detail))
}

/// 403: the same with more scopes would pass. They are those that were granted and those that are missing, because
/// some clients ask for exactly what they are told here.
pub(super) fn insufficient(door: &Door, scopes: Scopes) -> Response {
    let problem =
        Problem::new(StatusCode::FORBIDDEN, "insufficient_scope", "The client was granted less than this needs")
            .with_detail(format!("The person has to allow: {scopes}."));
    with(header(door, Some("insufficient_scope"), scopes), problem)
}

fn header(door: &Door, error: Option<&str>, scopes: Scopes) -> String {
    let error = error.map(|error| format!("error=\"{error}\", ")).unwrap_or_default();
    match door {
        Door::People { metadata, .. } => format!("Bearer {error}resource_metadata=\"{metadata}\", scope=\"{scopes}\""),
        Door::Keys if error.is_empty() => "Bearer realm=\"duo-mcp\"".to_owned(),
        Door::Keys => format!("Bearer realm=\"duo-mcp\", {}", error.trim_end_matches(", ")),
    }
}

fn with(header: String, problem: Problem) -> Response {
    let mut response = problem.into_response();
    if let Ok(value) = HeaderValue::try_from(header) {
        response.headers_mut().insert(WWW_AUTHENTICATE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_to_the_letter() {
        let people = Door::People {
            resource: "https://mcp.example.com/mcp".into(),
            metadata: "https://mcp.example.com/.well-known/oauth-protected-resource/mcp".into(),
        };
        let of = |response: Response| response.headers()[WWW_AUTHENTICATE].to_str().unwrap().to_owned();
        let members = "resource_metadata=\"https://mcp.example.com/.well-known/oauth-protected-resource/mcp\", \
                       scope=\"duo:read\"";
        assert_eq!(of(unauthorized(&people, None)), format!("Bearer {members}"));
        assert_eq!(of(unauthorized(&people, Some("x".into()))), format!("Bearer error=\"invalid_token\", {members}"));
        assert_eq!(of(unauthorized(&Door::Keys, None)), "Bearer realm=\"duo-mcp\"");
        assert_eq!(
            of(unauthorized(&Door::Keys, Some("x".into()))),
            "Bearer realm=\"duo-mcp\", error=\"invalid_token\""
        );
        let wider = insufficient(&people, "duo:read duo:write".parse().unwrap());
        assert_eq!(wider.status(), StatusCode::FORBIDDEN);
        assert!(of(wider).ends_with("scope=\"duo:read duo:write\""));
    }
}
