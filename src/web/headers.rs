//! Headers that every HTML page carries.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderValue;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};

/// Nothing but our own styles and images, forms that go to ourselves, no script, no frame.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// `Referrer-Policy` is `same-origin` and not `no-referrer`: with the latter a browser sends `Origin: null` with our own
/// forms (Fetch, "append a request Origin header"), and the check of the Origin would refuse them.
const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Sets the headers; one that the page has set itself stays.
pub fn protect(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// The headers for pages to which another site leads, and which lead back: a program in a page may have opened them in a
/// window of their own, and waits there for the answer, so the windows are not cut apart.
pub async fn on_the_way(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert("cross-origin-opener-policy", HeaderValue::from_static("unsafe-none"));
    protect(response.headers_mut());
    response
}

/// Sets the headers on every response: `axum::middleware::from_fn(headers::pages)`.
pub async fn pages(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    protect(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_page_cannot_be_framed_scripted_or_kept() {
        let style = || async { ([(CACHE_CONTROL, "max-age=60")], "css") };
        let app = Router::new().route("/", get(|| async { "page" })).route("/s", get(style)).layer(from_fn(pages));
        let get = |path: &str| Request::builder().uri(path).body(Body::empty()).unwrap();
        let page = app.clone().oneshot(get("/")).await.unwrap();
        let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"));
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"));
        assert_eq!(page.headers()[X_FRAME_OPTIONS], "DENY");
        assert_eq!(page.headers()[REFERRER_POLICY], "same-origin");
        assert_eq!(page.headers()[CACHE_CONTROL], "no-store");
        assert_eq!(page.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        let style = app.oneshot(get("/s")).await.unwrap();
        assert_eq!(style.headers()[CACHE_CONTROL], "max-age=60");
    }
}
