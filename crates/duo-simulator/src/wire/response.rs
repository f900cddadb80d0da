//! Responses as bytes.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use serde_json::Value;

/// The body of every response.
pub(crate) type Body = BoxBody<Bytes, Infallible>;

/// How many bytes a dripping answer gives at a time, and how often.
const DROP: usize = 16;
const DROP_EVERY: Duration = Duration::from_millis(25);

pub(super) fn bytes(status: u16, content_type: &'static str, content: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Full::new(content.into()).boxed());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    response
}

/// JSON with exactly the content type that Duo's Ruby client insists on.
pub(crate) fn json(status: u16, value: &Value) -> Response<Body> {
    bytes(status, "application/json", value.to_string())
}

pub(crate) fn html(status: u16, page: String) -> Response<Body> {
    bytes(status, "text/html; charset=utf-8", page)
}

pub(crate) fn text(status: u16, content: String) -> Response<Body> {
    bytes(status, "text/plain; charset=utf-8", content)
}

/// The same response, given a few bytes at a time.
pub(super) async fn dripping(response: Response<Body>) -> Response<Body> {
    let (parts, body) = response.into_parts();
    // The body is in memory and its error type has no values.
    let whole = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let drops: Vec<Bytes> = whole.chunks(DROP).map(Bytes::copy_from_slice).collect();
    let slow = stream::unfold(drops.into_iter(), |mut drops| async move {
        let drop = drops.next()?;
        tokio::time::sleep(DROP_EVERY).await;
        Some((Ok::<_, Infallible>(Frame::data(drop)), drops))
    });
    Response::from_parts(parts, StreamBody::new(slow).boxed())
}
