//! One request and its response: routed, recorded, and spoilt if a fault says so.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming as HyperBody;
use serde_json::{Value, json};

use super::response::{self, Body};
use super::stream::ResetFlag;
use crate::answer::{Answered, Incoming, answer};
use crate::engine::Engine;
use crate::fault::{Fault, FaultKind, When};
use crate::record::Entry;
use crate::reply::Refusal;
use crate::{control, phone};

/// The header that says what this is.
const BANNER: &str = "x-duo-simulator";
/// More than any call of Duo's needs.
const LARGEST_BODY: usize = 8 * 1024 * 1024;

/// A caller that waits for its answer. Dropped before there is one, it has hung up.
struct Waiting {
    engine: Arc<Engine>,
    seq: u64,
    began_ms: i64,
    is_answered: bool,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.is_answered {
            let after_ms = self.engine.clock.now_ms() - self.began_ms;
            self.engine.bench().record.update(self.seq, |entry| entry.left_ms = Some(after_ms));
        }
    }
}

/// Serves one request; an error ends the connection without a response.
pub(super) async fn serve(
    engine: Arc<Engine>,
    listener: &'static str,
    reset: ResetFlag,
    request: Request<HyperBody>,
) -> io::Result<Response<Body>> {
    let incoming = read(listener, request).await?;
    if listener == "http" {
        if incoming.path.starts_with("/_control/") {
            return Ok(control::serve(&engine, &incoming));
        }
        if incoming.path == "/phone" || incoming.path.starts_with("/phone/") {
            return Ok(phone::serve(&engine, &incoming));
        }
    }
    let began_ms = engine.clock.now_ms();
    let (seq, fault) = {
        let mut bench = engine.bench();
        let fault = bench.faults.take(&incoming.method, &incoming.path, &incoming.host);
        (bench.record.begin(entry(&incoming, fault.as_ref(), began_ms)), fault)
    };
    let banner = engine.settings.banner;
    let mut waiting = Waiting { engine: Arc::clone(&engine), seq, began_ms, is_answered: false };
    let work = async move {
        let result = exchange(&engine, &incoming, seq, fault.as_ref()).await;
        let ended_ms = engine.clock.now_ms();
        let outcome = result.as_ref().map(|(_, code)| *code);
        engine.bench().record.update(seq, |entry| {
            entry.outcome = outcome;
            entry.duration_ms = Some(ended_ms - began_ms);
        });
        result
    };
    // In a task of its own: what has been read is worked on, though the caller may hang up meanwhile.
    let result = tokio::spawn(work).await.map_err(io::Error::other)?;
    waiting.is_answered = true;
    let Some((mut response, _)) = result else {
        reset.store(true, Ordering::Release);
        return Err(io::ErrorKind::ConnectionReset.into());
    };
    if banner {
        let compatibility = response.headers().contains_key(BANNER);
        let text = if compatibility { "not Duo; compatibility route" } else { "not Duo" };
        response.headers_mut().insert(BANNER, HeaderValue::from_static(text));
    }
    Ok(response)
}

/// The response and Duo's code of it; nothing if the connection is to be reset.
async fn exchange(
    engine: &Arc<Engine>,
    incoming: &Incoming,
    seq: u64,
    fault: Option<&Fault>,
) -> Option<(Response<Body>, u32)> {
    let Some(fault) = fault else { return Some(worked(engine, incoming, seq).await) };
    if fault.delay_ms > 0 && fault.when == When::Before {
        tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    }
    let spoils = !matches!(fault.kind, FaultKind::Delay | FaultKind::Drip);
    if spoils && fault.when == When::Before {
        return spoilt(fault);
    }
    let right = worked(engine, incoming, seq).await;
    if fault.delay_ms > 0 && fault.when == When::After {
        tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    }
    match fault.kind {
        FaultKind::Delay => Some(right),
        FaultKind::Drip => Some((response::dripping(right.0).await, right.1)),
        _ => spoilt(fault),
    }
}

/// The right response and its code, which the record has from now on even if the caller never hears of it.
async fn worked(engine: &Arc<Engine>, incoming: &Incoming, seq: u64) -> (Response<Body>, u32) {
    let right = render(&answer(engine, incoming, seq).await);
    engine.bench().record.update(seq, |entry| entry.worked = Some(right.1));
    right
}

fn spoilt(fault: &Fault) -> Option<(Response<Body>, u32)> {
    let refused = |refusal: &Refusal| (response::json(refusal.status(), &refusal.envelope()), refusal.code);
    match fault.kind {
        FaultKind::Reset => None,
        FaultKind::Html502 => {
            let page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
            Some((response::bytes(502, "text/html", page), 50200))
        }
        FaultKind::BadTimestamp => Some(refused(&Refusal::bad_date())),
        FaultKind::RateLimit => {
            let (mut response, code) = refused(&Refusal::too_many());
            let waits = [(header::RETRY_AFTER.as_str(), &fault.retry_after), ("x-retry-after", &fault.x_retry_after)];
            for (name, value) in waits {
                if let Some(value) = value.as_ref().and_then(|value| HeaderValue::from_str(value).ok()) {
                    response.headers_mut().insert(name, value);
                }
            }
            Some((response, code))
        }
        FaultKind::Status | FaultKind::Delay | FaultKind::Drip => {
            let status = fault.status.unwrap_or(500);
            let code = u32::from(status) * 100 + 1;
            let body = json!({"stat": "FAIL", "code": code, "message": "Injected fault"});
            Some((response::json(status, &body), code))
        }
    }
}

fn render(answered: &Answered) -> (Response<Body>, u32) {
    let (mut response, code) = match &answered.outcome {
        Ok(crate::reply::Answer::Png(picture)) => (response::bytes(200, "image/png", *picture), 200),
        Ok(answer) => (response::json(200, &answer.envelope().unwrap_or(Value::Null)), 200),
        Err(refusal) => (response::json(refusal.status(), &refusal.envelope()), refusal.code),
    };
    if answered.compatibility {
        response.headers_mut().insert(BANNER, HeaderValue::from_static("compatibility route"));
    }
    (response, code)
}

fn entry(incoming: &Incoming, fault: Option<&Fault>, at_ms: i64) -> Entry {
    Entry {
        seq: 0,
        at_ms,
        listener: incoming.listener,
        host: incoming.host.clone(),
        method: incoming.method.clone(),
        path: incoming.path.clone(),
        params: Value::Null,
        signature: None,
        ikey: None,
        account_id: None,
        worked: None,
        outcome: None,
        fault: fault.and_then(|fault| serde_json::to_value(fault).ok()),
        duration_ms: None,
        left_ms: None,
    }
}

async fn read(listener: &'static str, request: Request<HyperBody>) -> io::Result<Incoming> {
    let (parts, body) = request.into_parts();
    let named = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let host = named.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str)).unwrap_or_default();
    let host = without_port(host).to_ascii_lowercase();
    let body: Bytes = Limited::new(body, LARGEST_BODY).collect().await.map_err(io::Error::other)?.to_bytes();
    Ok(Incoming {
        listener,
        method: parts.method.as_str().to_owned(),
        host,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    })
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}
