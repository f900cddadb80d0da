//! Bounds on a request's body: its size, the time it takes to arrive, its depth.
//!
//! The bounds on the request's head are the listener's, because no handler ever sees a head that is too long or too slow.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use super::problem::Problem;
use crate::config::Limits;

/// The bounds on a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// Most bytes.
    pub bytes: usize,
    /// Longest time from the head to the last byte.
    pub time: Duration,
}

impl From<&Limits> for BodyLimits {
    fn from(limits: &Limits) -> Self {
        Self { bytes: limits.body_bytes, time: limits.body_timeout_seconds.duration() }
    }
}

/// Reads the whole body before anything else looks at the request: 413 if it is too large, 408 if it comes too slowly.
///
/// Bodies here are small, so holding one costs less than a handler that waits half-way through.
pub(super) async fn read(limits: BodyLimits, request: Request) -> Result<Request, Box<Response>> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > limits.bytes as u64) {
        return Err(Box::new(too_large(limits)));
    }
    let (head, body) = request.into_parts();
    let refused = match timeout(limits.time, Limited::new(body, limits.bytes).collect()).await {
        Ok(Ok(body)) => return Ok(Request::from_parts(head, Body::from(body.to_bytes()))),
        Ok(Err(error)) if error.is::<LengthLimitError>() => too_large(limits),
        Ok(Err(_)) => {
            Problem::new(StatusCode::BAD_REQUEST, "body_unreadable", "The request body broke off").into_response()
        }
        Err(_) => Problem::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", "The request body came too slowly")
            .with_detail(format!("It may take {} seconds.", limits.time.as_secs()))
            .into_response(),
    };
    Err(Box::new(refused))
}

fn too_large(limits: BodyLimits) -> Response {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The request body is too large")
        .with_detail(format!("It may have {} bytes.", limits.bytes))
        .into_response()
}

/// Whether a JSON text nests deeper than this many levels. Counts brackets outside of strings, so it works before parsing
/// and on texts that are not JSON at all.
pub fn is_deeper_than(json: &[u8], levels: usize) -> bool {
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    for byte in json {
        if in_string {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > levels {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::stream::{self, StreamExt};

    use super::*;

    /// The status and the body that came through, or that of the refusal.
    async fn taken(limits: BodyLimits, request: Request) -> (u16, Bytes) {
        let (status, body) = match read(limits, request).await {
            Ok(request) => (200, request.into_body()),
            Err(refused) => (refused.status().as_u16(), refused.into_body()),
        };
        (status, body.collect().await.unwrap().to_bytes())
    }

    async fn answer(body: Body) -> (u16, Bytes) {
        let limits = BodyLimits { bytes: 8, time: Duration::from_secs(15) };
        taken(limits, Request::post("/").body(body).unwrap()).await
    }

    #[tokio::test]
    async fn a_body_within_the_bounds_arrives_whole() {
        assert_eq!(answer(Body::from("12345678")).await, (200, Bytes::from("12345678")));
        assert_eq!(answer(Body::empty()).await.0, 200);
    }

    #[tokio::test]
    async fn a_large_body_is_refused_whether_announced_or_not() {
        assert_eq!(answer(Body::from("123456789")).await.0, 413);
        let chunks = stream::iter(["12345", "6789"]).map(Ok::<_, std::io::Error>);
        assert_eq!(answer(Body::from_stream(chunks)).await.0, 413);
        let request = Request::post("/").header(CONTENT_LENGTH, "9000").body(Body::empty()).unwrap();
        let limits = BodyLimits { bytes: 8, time: Duration::from_secs(1) };
        assert_eq!(taken(limits, request).await.0, 413);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_is_given_up() {
        let slow = stream::once(async { Ok::<_, std::io::Error>("1") }).chain(stream::pending());
        let (status, body) = answer(Body::from_stream(slow)).await;
        assert_eq!(status, 408);
        assert!(String::from_utf8_lossy(&body).contains("15 seconds"));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_told() {
        let broken = stream::iter([Ok("1"), Err(std::io::Error::other("reset"))]);
        assert_eq!(answer(Body::from_stream(broken)).await.0, 400);
    }

    #[test]
    fn depth_is_counted_outside_of_strings() {
        assert!(!is_deeper_than(b"[[1]]", 2));
        assert!(is_deeper_than(b"[[[1]]]", 2));
        assert!(!is_deeper_than(br#"{"a":"[[[[","b":"\"[[["}"#, 1));
        assert!(!is_deeper_than(b"[[],[],[]]", 2));
        assert!(is_deeper_than("[".repeat(100_000).as_bytes(), 64));
        assert!(!is_deeper_than(b"]]]][", 1));
    }
}
