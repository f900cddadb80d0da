//! The verifier against requests that Duo's own client signed.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::signature::{SignedRequest, Version, credentials, verify};
use super::{check_date, encode_component};

const VECTORS: &str = include_str!("../../tests/data/duo-signing.json");

/// A vector as it comes over the wire.
#[derive(Debug, Clone)]
struct Request {
    id: String,
    version: u64,
    digest: String,
    skey: String,
    ikey: String,
    method: String,
    host: String,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Request {
    fn read(vector: &Value) -> Self {
        let text = |pointer: &str| vector.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut headers = HeaderMap::new();
        let mut put = |name: &str, value: &str| {
            headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        };
        let (path, query, body);
        if let Some(sent) = vector.pointer("/wire/headers").and_then(Value::as_object) {
            for (name, value) in sent {
                put(name, value.as_str().unwrap());
            }
            let uri = text("/wire/uri");
            let (start, rest) = uri.split_once('?').unwrap_or((&uri, ""));
            (path, query) = (start.to_owned(), rest.to_owned());
            body = text("/wire/body");
        } else {
            put("date", &text("/inputs/date"));
            put("authorization", &text("/authorization"));
            put("content-type", "application/json");
            for (name, value) in vector["inputs"]["additional_headers"].as_object().unwrap() {
                put(name, value.as_str().unwrap());
            }
            path = text("/inputs/path");
            let pairs = vector["inputs"]["params"].as_object().unwrap();
            let pairs: Vec<String> =
                pairs.iter().map(|(k, v)| format!("{k}={}", encode_component(v.as_str().unwrap()))).collect();
            query = pairs.join("&");
            body = text("/inputs/signed_body");
        }
        Self {
            id: text("/id"),
            version: vector["sig_version"].as_u64().unwrap(),
            digest: text("/digest"),
            skey: text("/inputs/skey"),
            ikey: text("/inputs/ikey"),
            method: if text("/wire/method").is_empty() { text("/inputs/method") } else { text("/wire/method") },
            host: text("/inputs/host").to_ascii_lowercase(),
            path,
            query,
            headers,
            body: body.into_bytes(),
        }
    }

    fn verify(&self) -> Result<Version, u32> {
        let shown = credentials(&self.headers).map_err(|refusal| refusal.code)?;
        assert_eq!(shown.ikey, self.ikey, "{}", self.id);
        let request = SignedRequest {
            method: &self.method,
            host: &self.host,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        };
        verify(&request, &shown.signature, &self.skey).map_err(|refusal| refusal.code)
    }

    fn now_ms(&self) -> i64 {
        let line = self.headers.get("x-duo-date").or_else(|| self.headers.get("date")).unwrap().to_str().unwrap();
        jiff::fmt::rfc2822::parse(line).unwrap().timestamp().as_millisecond()
    }
}

fn vectors() -> Vec<Request> {
    let all: Value = serde_json::from_str(VECTORS).unwrap();
    all["vectors"].as_array().unwrap().iter().map(Request::read).collect()
}

/// What is expected of a vector: the accepted way, or a refusal.
fn expected(vector: &Request) -> Result<Version, u32> {
    match (vector.version, vector.digest.as_str()) {
        (2, "sha1") => Ok(Version::TwoSha1),
        (2, "sha512") => Ok(Version::TwoSha512),
        (5, "sha512") => Ok(Version::Five),
        _ => Err(40103),
    }
}

#[test]
fn every_vector_is_accepted_or_refused_by_its_version() {
    let all = vectors();
    assert_eq!(all.len(), 58);
    for vector in &all {
        assert_eq!(vector.verify(), expected(vector), "{}", vector.id);
    }
    let count = |version| all.iter().filter(|vector| vector.version == version).count();
    assert!(count(1) > 0 && count(2) > 0 && count(4) > 0 && count(5) > 0);
}

#[test]
fn one_changed_byte_anywhere_is_refused() {
    for vector in vectors().into_iter().filter(|vector| expected(vector).is_ok()) {
        let refused = |change: &dyn Fn(&mut Request)| {
            let mut changed = vector.clone();
            change(&mut changed);
            assert_eq!(changed.verify(), Err(40103), "{}", vector.id);
        };
        refused(&|v| v.path.push('x'));
        refused(&|v| v.host.insert(0, 'x'));
        refused(&|v| v.query.push_str("&x=1"));
        refused(&|v| v.skey.push('x'));
        refused(&|v| v.method = if v.method == "GET" { "PUT".into() } else { "GET".into() });
        refused(&|v| {
            let name = if v.headers.contains_key("x-duo-date") { "x-duo-date" } else { "date" };
            v.headers.insert(name, HeaderValue::from_static("Sat, 21 Nov 2026 09:08:06 -0000"));
        });
        for at in 0..vector.body.len() {
            // A digit or letter swapped for another keeps a form a form.
            if vector.body[at].is_ascii_alphanumeric() && !after_percent(&vector.body, at) {
                refused(&|v| v.body[at] ^= 1);
            }
        }
        if vector.version == 5 {
            refused(&|v| {
                v.headers.insert("x-duo-other", HeaderValue::from_static("1"));
            });
        }
    }
}

/// Hex digits of an escape: `%2a` and `%2A` are the same byte, so a change there may change nothing.
fn after_percent(body: &[u8], at: usize) -> bool {
    body[at.saturating_sub(2)..at].contains(&b'%')
}

#[test]
fn a_date_counts_for_five_minutes_either_way() {
    for vector in vectors() {
        let sent = vector.now_ms();
        for (off, fine) in [(0, true), (300_000, true), (-300_000, true), (300_001, false), (-300_001, false)] {
            let answer = check_date(&vector.headers, sent + off).map_err(|refusal| refusal.code);
            assert_eq!(answer, if fine { Ok(()) } else { Err(40105) }, "{} {off}", vector.id);
        }
    }
    let mut headers = HeaderMap::new();
    assert_eq!(check_date(&headers, 0).map_err(|refusal| refusal.code), Err(40104));
    for bad in ["yesterday", "2026-11-21T09:08:07Z", "Sat, 32 Nov 2026 09:08:07 -0000"] {
        headers.insert("date", HeaderValue::from_static(bad));
        assert_eq!(check_date(&headers, 0).map_err(|refusal| refusal.code), Err(40105), "{bad}");
    }
    let noon = jiff::Timestamp::from_second(1_795_252_087).unwrap().as_millisecond();
    for same in ["Sat, 21 Nov 2026 09:08:07 GMT", "Sat, 21 Nov 2026 10:08:07 +0100", "21 Nov 2026 04:08:07 EST"] {
        headers.insert("date", HeaderValue::from_static(same));
        assert_eq!(check_date(&headers, noon), Ok(()), "{same}");
    }
    headers.insert("x-duo-date", HeaderValue::from_static("Sat, 21 Nov 2026 11:08:07 GMT"));
    assert!(check_date(&headers, noon).is_err(), "X-Duo-Date counts more than Date");
}

#[test]
fn garbled_credentials_are_missing_credentials() {
    let mut headers = HeaderMap::new();
    for bad in ["", "Basic", "Basic !!!!", "Basic bm9jb2xvbg==", "Basic Og==", "Bearer RElYOnNpZw=="] {
        headers.insert("authorization", HeaderValue::from_static(bad));
        assert_eq!(credentials(&headers).map_err(|refusal| refusal.code), Err(40101), "{bad}");
    }
}
