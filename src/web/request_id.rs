//! Gives each request an id, a log span and one log line.

use std::fmt;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue};
use tokio::time::Instant;
use tracing::Instrument;

use super::problem::Problem;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longer paths are cut in the log.
const LONGEST_PATH: usize = 256;
/// Identifiers have 25 characters or 26; what is longer and no plain name may be somebody's key, pasted in a wrong place.
const LONGEST_ID: usize = 26;

/// The id of the request at hand, found in its extensions and in every answer's `x-request-id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes ids.
pub type MakeId = Arc<dyn Fn() -> String + Send + Sync>;

/// Puts a fresh id into the request and the response, and logs the request once when it is answered.
///
/// An id from outside is dropped: it would be a stranger's text in our log and audit trail. The query is never logged.
/// Everything else that is done with the request belongs into `rest`.
pub(super) async fn assign(
    make_id: &MakeId,
    mut request: Request,
    rest: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let id = RequestId(make_id().into());
    request.headers_mut().remove(HEADER);
    request.extensions_mut().insert(id.clone());
    let path = shown(request.uri().path());
    let span = tracing::info_span!("request", request.id = %id, method = %request.method(), path);
    let started = Instant::now();
    let mut response = rest(request).instrument(span.clone()).await;
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), duration_ms, "Answered"));
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response.headers_mut().remove(CONTENT_LENGTH);
        *response.body_mut() = problem.with_request_id(id.as_str()).body();
    }
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// The path as the log has it: bounded, and without anything that may be a secret.
fn shown(path: &str) -> String {
    let is_name = |part: &str| part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let parts = path.split('/').map(|part| if part.len() <= LONGEST_ID || is_name(part) { part } else { "(long)" });
    parts.collect::<Vec<_>>().join("/").chars().take(LONGEST_PATH).collect()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use axum::{Extension, Router};
    use http::StatusCode;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn ask(path: &str) -> (Response, String) {
        let failing = || async { Problem::new(StatusCode::CONFLICT, "taken", "The name is taken") };
        let app = Router::new()
            .route("/id", get(|Extension(id): Extension<RequestId>| async move { id.to_string() }))
            .route("/sent", get(|request: Request| async move { request.headers().contains_key(HEADER).to_string() }))
            .route("/failing", get(failing));
        let make_id: MakeId = Arc::new(|| "r-1".to_owned());
        let request = Request::get(path).header("x-request-id", "from-outside").body(Body::empty()).unwrap();
        let answered = assign(&make_id, request, async |request| app.oneshot(request).await.unwrap()).await;
        let (head, body) = answered.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (Response::from_parts(head, Body::empty()), String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_id_is_ours_and_stands_in_request_and_response() {
        let (response, body) = ask("/id").await;
        assert_eq!(body, "r-1");
        assert_eq!(response.headers()["x-request-id"], "r-1");
        assert_eq!(ask("/sent").await.1, "false");
    }

    #[tokio::test]
    async fn a_problem_names_its_request() {
        let (response, body) = ask("/failing").await;
        assert_eq!(response.status(), StatusCode::CONFLICT);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["request_id"], "r-1");
        assert_eq!(body["code"], "taken");
    }

    #[test]
    fn a_key_in_a_path_is_not_logged() {
        let key = "dgk_abcdefghijklmnopqrstuvwxyzABCD_x4Yz01";
        assert_eq!(shown(&format!("/mcp/{key}")), "/mcp/(long)");
        assert_eq!(shown("/admin/v1/tenants/tn_abcdefghijklmnopqrstuV"), "/admin/v1/tenants/tn_abcdefghijklmnopqrstuV");
        assert_eq!(shown("/a/the-connection-of-a-rather-long-name"), "/a/the-connection-of-a-rather-long-name");
        assert!(shown(&"/x".repeat(1000)).len() <= LONGEST_PATH);
    }

    #[tokio::test]
    async fn the_log_has_one_line_without_the_query() {
        use std::io::Write;
        use std::sync::Mutex;

        #[derive(Clone, Default)]
        struct Captured(Arc<Mutex<Vec<u8>>>);
        impl Write for Captured {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0.lock().unwrap().write(bytes)
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let captured = Captured::default();
        let writer = captured.clone();
        let settings = crate::config::LogSettings { format: crate::config::LogFormat::Json, ..Default::default() };
        let log = crate::telemetry::subscriber(&settings, move || writer.clone());
        let guard = tracing::subscriber::set_default(log);
        ask("/id?token=canary").await;
        drop(guard);
        let text = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains("canary"), "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["status"], 200);
        assert_eq!(line["span"]["request.id"], "r-1");
        assert_eq!(line["span"]["path"], "/id");
        assert!(line["duration_ms"].is_u64());
    }
}
