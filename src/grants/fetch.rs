//! Fetching a client's document: from the internet only, quickly, and little.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use tokio::time::{Instant, timeout};
use url::Url;

/// How long a fetch may take, from the look-up of the name to the last byte.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many documents are fetched in a minute: of clients that are well known or in use, of all others, and of the others for
/// one address.
const KNOWN_PER_MINUTE: usize = 60;
const OTHERS_PER_MINUTE: usize = 120;
const PER_ADDRESS: usize = 10;
/// How long a document is believed at least, at most, and when its server does not say.
const FRESH: (i64, i64, i64) = (300, 24 * 3600, 3600);

/// Why there is no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoDocument {
    /// It may be there another time: no connection, no answer in time, a server in trouble.
    Now,
    /// It was not asked for: too many are at present.
    Busy,
    /// Its server says something else than a document.
    Refused(&'static str),
}

/// A document as it came, and for how many seconds it is fresh.
pub(super) struct Fetched {
    pub(super) body: Vec<u8>,
    pub(super) fresh_seconds: i64,
}

/// A name that leads to an address of the operator's choice: how tests reach a server of their own.
pub type Override = duo_api::client::NamedOverride;

/// Fetches documents.
pub(super) struct Fetcher {
    http: reqwest::Client,
    /// The most bytes of an answer.
    most_bytes: usize,
    /// When documents of strangers were fetched, for whom, and when those of clients in use were, for all.
    lately: Mutex<VecDeque<(Instant, Option<IpAddr>)>>,
}

impl Fetcher {
    pub(super) fn new(overrides: Vec<Override>, most_bytes: usize) -> Result<Self, duo_api::client::SettingsError> {
        let http = duo_api::client::guarded(overrides, PATIENCE, "duo-mcp-gateway")?;
        Ok(Self { http, most_bytes, lately: Mutex::default() })
    }

    /// Fetches it for whoever asks from there; `None` for a client that is well known or in use, which no stranger's asking delays.
    pub(super) async fn fetch(&self, address: &Url, asker: Option<IpAddr>) -> Result<Fetched, NoDocument> {
        if !self.may_fetch(asker) {
            tracing::warn!("Too many clients' documents were asked for in a minute");
            return Err(NoDocument::Busy);
        }
        match timeout(PATIENCE, self.get(address)).await {
            Ok(fetched) => fetched,
            Err(_) => Err(NoDocument::Now),
        }
    }

    async fn get(&self, address: &Url) -> Result<Fetched, NoDocument> {
        let answer = self.http.get(address.as_str()).header(ACCEPT, "application/json").send().await;
        let answer = answer.map_err(|error| {
            tracing::info!(error = &error as &dyn std::error::Error, "A document cannot be fetched");
            NoDocument::Now
        })?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::FORBIDDEN => {
                return Err(NoDocument::Now);
            }
            status if status.is_server_error() => return Err(NoDocument::Now),
            status if status.is_redirection() => return Err(NoDocument::Refused("its server sends elsewhere")),
            _ => return Err(NoDocument::Refused("its server does not give it")),
        }
        let text = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = text(CONTENT_TYPE).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json")) {
            return Err(NoDocument::Refused("it is not served as JSON"));
        }
        let fresh_seconds = fresh(text(CACHE_CONTROL));
        Ok(Fetched { body: self.read(answer).await?, fresh_seconds })
    }

    /// Sends a form under the same guard; the status and what was answered, whatever it is. Who asks is not counted here:
    /// the pages hold each network to so many codes a minute.
    pub(super) async fn post(
        &self,
        address: &Url,
        form: String,
        authorization: Option<HeaderValue>,
    ) -> Result<(StatusCode, Vec<u8>), NoDocument> {
        let mut request = self.http.post(address.as_str()).header(ACCEPT, "application/json");
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let exchange = async {
            let answer = request.send().await.map_err(|error| {
                tracing::info!(error = &error as &dyn std::error::Error, "A form cannot be sent");
                NoDocument::Now
            })?;
            Ok((answer.status(), self.read(answer).await?))
        };
        timeout(PATIENCE, exchange).await.unwrap_or(Err(NoDocument::Now))
    }

    async fn read(&self, answer: reqwest::Response) -> Result<Vec<u8>, NoDocument> {
        let mut body = Vec::new();
        let mut chunks = answer.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            body.extend_from_slice(&chunk.map_err(|_| NoDocument::Now)?);
            if body.len() > self.most_bytes {
                return Err(NoDocument::Refused("it is too large"));
            }
        }
        Ok(body)
    }

    fn may_fetch(&self, asker: Option<IpAddr>) -> bool {
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        while lately.front().is_some_and(|(at, _)| at.elapsed() >= Duration::from_mins(1)) {
            lately.pop_front();
        }
        let many = |is_meant: &dyn Fn(Option<IpAddr>) -> bool| lately.iter().filter(|(_, of)| is_meant(*of)).count();
        let may = if asker.is_none() {
            many(&|of| of.is_none()) < KNOWN_PER_MINUTE
        } else {
            many(&|of| of.is_some()) < OTHERS_PER_MINUTE && many(&|of| of == asker) < PER_ADDRESS
        };
        if may {
            lately.push_back((Instant::now(), asker));
        }
        may
    }
}

/// For how many seconds a document is fresh, by what its server says of caching.
fn fresh(cache_control: &str) -> i64 {
    let (least, most, usual) = FRESH;
    let mut seconds = usual;
    for directive in cache_control.split(',').map(|part| part.trim().to_ascii_lowercase()) {
        if directive == "no-store" || directive == "no-cache" {
            return least;
        }
        if let Some(age) = directive.strip_prefix("max-age=").and_then(|age| age.parse().ok()) {
            seconds = age;
        }
    }
    seconds.clamp(least, most)
}

/// An override for one name.
pub fn overridden(name: &str, address: SocketAddr, ca_pem: Option<String>) -> Override {
    Override { name: name.to_ascii_lowercase(), address, ca_pem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness_is_what_the_server_says_within_bounds() {
        assert_eq!(fresh(""), 3600);
        assert_eq!(fresh("public, max-age=7200"), 7200);
        assert_eq!(fresh("max-age=1"), 300);
        assert_eq!(fresh("max-age=99999999"), 86_400);
        assert_eq!(fresh("no-store, max-age=7200"), 300);
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_are_fetched_in_a_minute() {
        let fetcher = Fetcher::new(vec![], 1_024).unwrap();
        let from = |n: u8| Some(IpAddr::from([203, 0, 113, n]));
        assert_eq!((0..100).filter(|_| fetcher.may_fetch(from(1))).count(), PER_ADDRESS, "one address");
        let others = (2..=255).filter(|n| fetcher.may_fetch(from(*n))).count();
        assert_eq!(others, OTHERS_PER_MINUTE - PER_ADDRESS, "many addresses");
        assert_eq!((0..100).filter(|_| fetcher.may_fetch(None)).count(), KNOWN_PER_MINUTE, "nobody takes these away");
        tokio::time::advance(Duration::from_mins(1)).await;
        assert!(fetcher.may_fetch(from(1)) && fetcher.may_fetch(None));
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_fetched_from() {
        let fetcher = Fetcher::new(vec![], 1_024).unwrap();
        let address = Url::parse("https://localhost/client.json").unwrap();
        assert_eq!(fetcher.fetch(&address, None).await.err(), Some(NoDocument::Now));
    }
}
