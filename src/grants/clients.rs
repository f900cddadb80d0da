//! Clients by their id: a document that is fetched and kept, or a registration.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::Instant;
use url::Url;

use super::document;
use super::error::ClientError;
use super::fetch::{Fetcher, NoDocument, Override};
use super::registration;
use crate::config::{ClientDocuments, OauthSettings};
use crate::domain::client::{ClientSource, OAuthClient};
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::random::Random;
use crate::store::{OAuthClients, Registered, Registration};
use crate::vault::{HouseKeys, hex, keyed_hash};

/// How the id of a client that registered begins.
const REGISTERED: &str = "dcr_";
/// The most clients of a kind that nobody consented to.
const MOST_UNUSED: i64 = 1_000;
/// The most bytes of a document.
const MOST_BYTES: usize = 5 * 1024;
/// How long a document that cannot be fetched is believed after its time.
const STALE_MS: i64 = 7 * 24 * 3600 * 1000;
/// How long it is remembered that a document could not be had, and of how many.
const NEGATIVE: (Duration, usize) = (Duration::from_mins(1), 1_000);

/// Knows clients; cheap to clone.
#[derive(Clone)]
pub struct Clients(Arc<Inner>);

struct Inner {
    store: OAuthClients,
    house: Arc<HouseKeys>,
    clock: Clock,
    random: Random,
    settings: OauthSettings,
    own_hosts: Vec<String>,
    fetcher: Fetcher,
    /// One fetch of a document at a time; whoever else wants it waits for that one.
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    failed: Mutex<HashMap<String, (Instant, NoDocument)>>,
}

/// What clients are kept and known by.
pub struct ClientParts {
    /// Where they are kept.
    pub store: OAuthClients,
    /// The house's keys.
    pub house: Arc<HouseKeys>,
    /// The time.
    pub clock: Clock,
    /// Random ids.
    pub random: Random,
    /// What is taken.
    pub settings: OauthSettings,
    /// The origins of this gateway, whose own documents are none.
    pub origins: Vec<String>,
    /// Names that lead elsewhere when documents are fetched.
    pub overrides: Vec<Override>,
}

impl Clients {
    /// Clients of this store.
    pub fn new(parts: ClientParts) -> Result<Self, duo_api::client::SettingsError> {
        let ClientParts { store, house, clock, random, settings, origins, overrides } = parts;
        let host = |origin: &String| Url::parse(origin).ok().and_then(|url| url.host_str().map(str::to_owned));
        let own_hosts = origins.iter().filter_map(host).collect();
        let fetcher = Fetcher::new(overrides, MOST_BYTES)?;
        let (turns, failed) = (Mutex::default(), Mutex::default());
        Ok(Self(Arc::new(Inner { store, house, clock, random, settings, own_hosts, fetcher, turns, failed })))
    }

    /// The client of this id; one with a document is fetched, for whoever asks from there, when what is kept of it is not
    /// fresh.
    pub async fn find(&self, id: &str, from: IpAddr) -> Result<OAuthClient, ClientError> {
        if document::is_address(id) {
            return self.by_document(id, from).await;
        }
        let is_plausible = id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_plausible {
            return Err(ClientError::Unknown);
        }
        // Where no more may register, those that did go on.
        self.0.store.find(id).await?.ok_or(ClientError::Unknown)
    }

    /// Whether tokens are still given to the client of this id. A document is not asked for: it was at consent.
    pub async fn still_has(&self, id: &str) -> Result<bool, ClientError> {
        Ok(if document::is_address(id) { self.takes(id) } else { self.0.store.find(id).await?.is_some() })
    }

    /// Whether the settings admit the client of this document.
    fn takes(&self, id: &str) -> bool {
        match self.0.settings.documents {
            ClientDocuments::Any => true,
            ClientDocuments::Known => document::is_known(id),
            ClientDocuments::Off => false,
        }
    }

    /// Registers a client; the same registration again is the same client. `from` is the network that counts as one.
    /// The answer is RFC 7591's.
    pub async fn register(&self, said: &Map<String, Value>, from: IpAddr) -> Result<Value, ClientError> {
        let inner = &*self.0;
        if !inner.settings.registration {
            return Err(ClientError::NotTaken);
        }
        let metadata = registration::read(said)?;
        let digest = registration::digest(&metadata);
        let now = inner.clock.now();
        let client = OAuthClient {
            id: format!("{REGISTERED}{}", inner.random.base62::<22>()?),
            source: ClientSource::Registered,
            metadata,
            created_at: now,
            fresh_until: Timestamp(i64::MAX),
            last_used_at: None,
        };
        let registrant = hex(&keyed_hash(inner.house.registrants(), &[from.to_string().as_bytes()]));
        let new = Registration {
            client: &client,
            digest: &digest,
            registrant: &registrant[..32],
            hourly: i64::from(inner.settings.registrations_per_hour),
            unused: MOST_UNUSED,
        };
        match inner.store.register(new).await? {
            Registered::Client(client) => Ok(registration::answer(&client)),
            Registered::TooMany => Err(ClientError::TooMany),
        }
    }

    async fn by_document(&self, id: &str, from: IpAddr) -> Result<OAuthClient, ClientError> {
        if !self.takes(id) {
            return Err(ClientError::NotTaken);
        }
        let address = document::address(id, &self.0.own_hosts)?;
        if let Some(kept) = self.fresh(id).await? {
            return Ok(kept);
        }
        let turn = self.turn(id);
        let taken = turn.lock().await;
        // Somebody else may have fetched it while this one waited.
        let found = match self.fresh(id).await? {
            Some(kept) => Ok(kept),
            None => self.fetch(id, &address, from).await,
        };
        drop(taken);
        drop(turn);
        self.forget_turns();
        found
    }

    async fn fresh(&self, id: &str) -> Result<Option<OAuthClient>, ClientError> {
        let now = self.0.clock.now();
        Ok(self.0.store.find(id).await?.filter(|kept| now < kept.fresh_until))
    }

    async fn fetch(&self, id: &str, address: &Url, from: IpAddr) -> Result<OAuthClient, ClientError> {
        let inner = &*self.0;
        let kept = inner.store.find(id).await?;
        // What members use is fetched whatever strangers ask for meanwhile.
        let is_ours = document::is_known(id) || kept.as_ref().is_some_and(|kept| kept.last_used_at.is_some());
        let asker = (!is_ours).then_some(from);
        let fetched = match self.failed_lately(id) {
            Some(failed) => Err(failed),
            None => inner.fetcher.fetch(address, asker).await.inspect_err(|failed| self.note_failed(id, *failed)),
        };
        let now = inner.clock.now();
        match fetched {
            Ok(fetched) => {
                let metadata = document::read(id, &fetched.body)
                    .inspect_err(|why| self.note_failed(id, NoDocument::Refused(why)))
                    .map_err(ClientError::BadDocument)?;
                let client = OAuthClient {
                    id: id.to_owned(),
                    source: ClientSource::Document,
                    metadata,
                    created_at: now,
                    fresh_until: now.plus_seconds(fetched.fresh_seconds),
                    last_used_at: None,
                };
                inner.store.put_document(&client, MOST_UNUSED).await?;
                Ok(client)
            }
            Err(NoDocument::Refused(why)) => Err(ClientError::BadDocument(why)),
            Err(NoDocument::Now | NoDocument::Busy) => {
                // A client whose server is away for a while must not lock its users out.
                let kept = kept.filter(|kept| now < kept.fresh_until.plus_ms(STALE_MS));
                kept.ok_or(ClientError::Unreachable)
            }
        }
    }

    fn turn(&self, id: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(id.to_owned()).or_default())
    }

    fn forget_turns(&self) {
        let mut turns = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
    }

    fn failed_lately(&self, id: &str) -> Option<NoDocument> {
        let failed = self.0.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.get(id).filter(|(at, _)| at.elapsed() < NEGATIVE.0).map(|(_, failed)| *failed)
    }

    fn note_failed(&self, id: &str, why: NoDocument) {
        // That we did not ask says nothing about the document.
        if why == NoDocument::Busy {
            return;
        }
        let mut failed = self.0.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() >= NEGATIVE.1 {
            failed.clear();
        }
        failed.insert(id.to_owned(), (Instant::now(), why));
    }
}
