//! The routes of the authorization server, all at the origin's root.
//!
//! Some clients go to `/authorize` and `/token` of the origin whatever the metadata say.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    ALLOW,
};
use http::{HeaderValue, Method, StatusCode};

use super::state::OauthState;
use super::{authorize, metadata, register, token};
use crate::web::headers;

/// What any page may call, because nothing of a browser's counts here: no cookie, and no place in a network.
pub fn open(state: OauthState) -> Router {
    let documents = Router::new()
        .route("/.well-known/oauth-protected-resource", get(metadata::of_resource))
        .route("/.well-known/oauth-protected-resource/mcp", get(metadata::of_resource))
        .route("/.well-known/oauth-authorization-server", get(metadata::of_issuer))
        .method_not_allowed_fallback(async || only("GET, HEAD, OPTIONS"));
    let mut posted = Router::new().route("/token", post(token::token)).route("/revoke", post(token::revoke));
    if state.registration {
        posted = posted.route("/register", post(register::register));
    }
    let posted = posted.method_not_allowed_fallback(async || only("POST, OPTIONS"));
    documents.merge(posted).with_state(state).layer(from_fn(any_page))
}

/// What a browser is led to.
pub fn entrance(state: OauthState) -> Router {
    Router::new()
        // To look without a body begins nothing.
        .route("/authorize", get(authorize::authorize).head(async || only("GET")))
        .method_not_allowed_fallback(async || only("GET"))
        .with_state(state)
        .layer(from_fn(headers::on_the_way))
}

fn only(methods: &'static str) -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, methods)]).into_response()
}

/// Lets pages of any origin read the answer, without credentials; answers their question beforehand.
async fn any_page(request: Request, next: Next) -> Response {
    let is_question = request.method() == Method::OPTIONS;
    let mut response = if is_question { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if is_question {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        let names = HeaderValue::from_static("content-type, authorization, mcp-protocol-version");
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names);
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    response
}
