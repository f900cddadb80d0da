//! Sends a call until it has an answer or must not be sent again.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::answer::Answer;
use super::attempt::{Bounds, Failure, Outcome, attempt};
use super::backoff::{Next, Progress};
use super::connection::{SettingsError, connect};
use super::settings::ClientSettings;
use super::skew::Skew;
use crate::call::{Call, Patience, prepare};
use crate::credential::Keys;
use crate::error::{DuoError, Lost, Unreached, refused};
use crate::host::ApiHost;
use crate::sign::http_date;

/// A client for all of Duo's hosts. Cloning shares its connections.
#[derive(Clone)]
pub struct DuoClient {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    settings: ClientSettings,
    skew: Skew,
}

/// What happens after an attempt.
enum Then {
    Again(Option<Duration>),
    Done(Result<Answer, DuoError>),
}

impl DuoClient {
    /// A client with its own pool of connections.
    pub fn new(settings: ClientSettings) -> Result<Self, SettingsError> {
        let http = connect(&settings)?;
        Ok(Self { inner: Arc::new(Inner { http, settings, skew: Skew::default() }) })
    }

    /// Duo's clock minus ours in milliseconds; zero while they agree within half a minute.
    pub fn skew(&self) -> i64 {
        self.inner.skew.offset_ms()
    }

    /// Sends a call, signed anew at each attempt. Dropping the future stops it where it is.
    ///
    /// Sent again are: reads after a failure, anything for which no connection was made, anything that Duo refused
    /// because of its limits, and once what it refused because of the clock. A change whose answer was lost is
    /// [`DuoError::OutcomeUnknown`] and is never sent again.
    pub async fn send(&self, keys: &dyn Keys, call: &Call) -> Result<Answer, DuoError> {
        let filled = call.fill()?;
        let deadline = Instant::now() + call.budget.total;
        let mut progress = Progress::default();
        let mut clock_corrected = false;
        loop {
            let date = http_date(self.inner.settings.clock.now_ms().saturating_add(self.skew()));
            // The credential is open for the signature only.
            let prepared = prepare(call, &filled, &keys.open()?, date)?;
            let host = prepared.host.clone();
            let bounds = self.bounds(call, deadline);
            let now = || self.inner.settings.clock.now_ms();
            let outcome = attempt(&self.inner.http, prepared, &bounds, now, |server| {
                self.inner.skew.learn(server, now());
            })
            .await;
            match self.then(call, &host, outcome, &mut progress, &mut clock_corrected, deadline) {
                Then::Done(result) => return result,
                Then::Again(None) => {}
                Then::Again(Some(wait)) => sleep(wait).await,
            }
        }
    }

    fn bounds(&self, call: &Call, deadline: Instant) -> Bounds {
        let (now, timeouts) = (Instant::now(), self.inner.settings.timeouts);
        let full = match call.budget.patience {
            Patience::Ordinary => now + timeouts.ordinary,
            Patience::LongPoll => now + timeouts.long_poll,
        };
        let end = if call.endpoint.is_read() { full.min(deadline) } else { full };
        let first_byte = match call.budget.patience {
            Patience::Ordinary => end.min(now + timeouts.first_byte),
            Patience::LongPoll => end,
        };
        let image_expected = call.endpoint.response_shape.starts_with("image/");
        Bounds { first_byte, end, max_bytes: self.inner.settings.max_answer_bytes, image_expected }
    }

    fn then(
        &self,
        call: &Call,
        host: &ApiHost,
        outcome: Outcome,
        progress: &mut Progress,
        clock_corrected: &mut bool,
        deadline: Instant,
    ) -> Then {
        let settings = &self.inner.settings;
        let left = deadline.saturating_duration_since(Instant::now());
        match outcome {
            Outcome::Answered(answer) => Then::Done(Ok(answer)),
            Outcome::RateLimited { asked } => {
                match progress.rate_limited(&settings.backoff, &settings.jitter, asked, left) {
                    Next::Wait(wait) => Then::Again(Some(wait)),
                    Next::GiveUp { retry_after } => Then::Done(Err(DuoError::RateLimited { retry_after })),
                }
            }
            Outcome::Failed(Failure::Refused { refusal, server_date: Some(server) })
                if refusal.code == 40105 && !*clock_corrected =>
            {
                *clock_corrected = true;
                self.inner.skew.adopt(server, settings.clock.now_ms());
                Then::Again(None)
            }
            Outcome::Failed(failure) => {
                let again = may_repeat(call, &failure)
                    .then(|| progress.failed(&settings.backoff, &settings.jitter, left))
                    .flatten();
                match again {
                    Some(wait) => Then::Again(Some(wait)),
                    None => Then::Done(Err(self.error(call, host, failure))),
                }
            }
        }
    }

    fn error(&self, call: &Call, host: &ApiHost, failure: Failure) -> DuoError {
        let limit = self.inner.settings.max_answer_bytes;
        // A POST that only reads is not sent twice, but nobody has to wonder what it did.
        let lost =
            |lost: Lost, read: DuoError| if call.endpoint.is_read() { read } else { DuoError::OutcomeUnknown(lost) };
        match failure {
            Failure::NotSent(why) => DuoError::Unreachable { host: host.clone(), why },
            Failure::Refused { refusal, .. } => refused(call, refusal),
            Failure::TimedOut => lost(Lost::TimedOut, DuoError::TimedOut),
            Failure::Interrupted => lost(Lost::Interrupted, DuoError::Interrupted),
            Failure::Unreadable { status, why } => {
                let read = DuoError::Unreadable { status, why };
                if is_clear_refusal(status) { read } else { lost(Lost::Unreadable { status, why }, read) }
            }
            Failure::TooLarge => {
                let unreadable = Lost::Unreadable { status: 200, why: "it is too long" };
                lost(unreadable, DuoError::TooLarge { limit })
            }
        }
    }
}

/// A 4xx says that nothing was done, whoever wrote the page; 408 says that somebody stopped waiting.
fn is_clear_refusal(status: u16) -> bool {
    (400..500).contains(&status) && status != 408
}

/// Nothing was sent, or a read failed in a way that may pass.
fn may_repeat(call: &Call, failure: &Failure) -> bool {
    let read = call.endpoint.is_repeatable();
    match failure {
        Failure::NotSent(why) => !matches!(why, Unreached::PrivateAddress | Unreached::Tls),
        Failure::Interrupted => read,
        Failure::Refused { refusal, .. } => read && refusal.status >= 500,
        Failure::Unreadable { status, .. } => read && *status >= 500,
        _ => false,
    }
}
