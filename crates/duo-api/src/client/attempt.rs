//! One attempt: a request sent once, and what came of it.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, DATE};
use http::{HeaderMap, HeaderValue};
use reqwest::{Request, Response, Url};
use tokio::time::{Instant, timeout_at};

use super::answer::{Answer, Opened, image, open};
use super::backoff::asked_wait;
use super::resolver::PrivateAddress;
use crate::call::Prepared;
use crate::error::{Refusal, Unreached};
use crate::sign::read_http_date;

/// What came of an attempt.
pub(super) enum Outcome {
    Answered(Answer),
    RateLimited { asked: Option<Duration> },
    Failed(Failure),
}

/// How an attempt failed.
pub(super) enum Failure {
    Refused { refusal: Refusal, server_date: Option<i64> },
    NotSent(Unreached),
    TimedOut,
    Interrupted,
    Unreadable { status: u16, why: &'static str },
    TooLarge,
}

/// The bounds of one attempt.
pub(super) struct Bounds {
    pub(super) first_byte: Instant,
    pub(super) end: Instant,
    pub(super) max_bytes: usize,
    pub(super) image_expected: bool,
}

/// The reply's date goes to `seen` as soon as its head is read.
pub(super) async fn attempt(
    client: &reqwest::Client,
    prepared: Prepared,
    bounds: &Bounds,
    now_ms: impl Fn() -> i64,
    seen: impl Fn(i64),
) -> Outcome {
    let Some(request) = request(prepared) else {
        return Outcome::Failed(Failure::NotSent(Unreached::Connection));
    };
    let response = match timeout_at(bounds.first_byte, client.execute(request)).await {
        Err(_) => return Outcome::Failed(Failure::TimedOut),
        Ok(Err(error)) if error.is_connect() => return Outcome::Failed(Failure::NotSent(unreached(&error))),
        Ok(Err(_)) => return Outcome::Failed(Failure::Interrupted),
        Ok(Ok(response)) => response,
    };
    let headers = response.headers();
    let server_date = headers.get(DATE).and_then(|value| value.to_str().ok()).and_then(read_http_date);
    if let Some(server_date) = server_date {
        seen(server_date);
    }
    let status = response.status().as_u16();
    if status == 429 {
        return Outcome::RateLimited { asked: asked_wait(headers, now_ms()) };
    }
    let content_type = media_type(headers);
    match timeout_at(bounds.end, read(response, bounds.max_bytes)).await {
        Err(_) => Outcome::Failed(Failure::TimedOut),
        Ok(Err(failure)) => Outcome::Failed(failure),
        Ok(Ok(body)) => understand(status, server_date, &content_type, &body, bounds.image_expected),
    }
}

fn request(prepared: Prepared) -> Option<Request> {
    let url = Url::parse(&format!("https://{}{}", prepared.host, prepared.target)).ok()?;
    let mut request = Request::new(prepared.method, url);
    let headers = request.headers_mut();
    headers.insert(DATE, HeaderValue::from_str(&prepared.date).ok()?);
    if let Some(authorization) = &prepared.authorization {
        let mut value = HeaderValue::from_str(authorization).ok()?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    if let Some((content_type, body)) = prepared.body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        *request.body_mut() = Some(body.into());
    }
    Some(request)
}

/// The body, never more than is allowed of it.
async fn read(mut response: Response, max_bytes: usize) -> Result<Vec<u8>, Failure> {
    if response.content_length().is_some_and(|length| length > max_bytes as u64) {
        return Err(Failure::TooLarge);
    }
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > max_bytes => return Err(Failure::TooLarge),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(_) => return Err(Failure::Interrupted),
        }
    }
}

fn understand(status: u16, server_date: Option<i64>, content_type: &str, body: &[u8], image_expected: bool) -> Outcome {
    let opened = match content_type {
        "application/json" => open(status, server_date, body),
        other if image_expected && status == 200 && other.starts_with("image/") => {
            image(status, server_date, other, body)
        }
        _ => Opened::Unreadable("it is not JSON"),
    };
    match opened {
        Opened::Answer(answer) => Outcome::Answered(answer),
        Opened::Refusal(refusal) if refusal.status == 429 => Outcome::RateLimited { asked: None },
        Opened::Refusal(refusal) => Outcome::Failed(Failure::Refused { refusal, server_date }),
        Opened::Unreadable(why) => Outcome::Failed(Failure::Unreadable { status, why }),
    }
}

fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// What kept a connection from being made, read from the chain of causes.
pub(super) fn unreached(error: &reqwest::Error) -> Unreached {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = cause {
        if current.is::<PrivateAddress>() {
            return Unreached::PrivateAddress;
        }
        if innermost(current).is::<rustls::Error>() {
            return Unreached::Tls;
        }
        cause = current.source();
    }
    if error.is_dns() {
        Unreached::Name
    } else if error.is_timeout() {
        Unreached::Timeout
    } else {
        Unreached::Connection
    }
}

/// What an I/O error was made of: `source` passes over it, and such errors wrap each other.
fn innermost<'a>(mut error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    while let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        error = inner;
    }
    error
}
