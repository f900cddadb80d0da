//! How long to wait between attempts.

use std::time::Duration;

use crate::clock::Jitter;
use crate::sign::read_http_date;

/// Waits between attempts, each with a random part on top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// After a 429. Duo's own clients wait 1, 2, 4, 8, 16 and 32 s and then give up.
    pub rate_limited: Vec<Duration>,
    /// The random part of those, at most.
    pub rate_limited_jitter: Duration,
    /// After a failed connection, and after a failed read.
    pub failed: Vec<Duration>,
    /// The random part of those, at most.
    pub failed_jitter: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            rate_limited: [1, 2, 4, 8, 16, 32].map(Duration::from_secs).to_vec(),
            rate_limited_jitter: Duration::from_secs(1),
            failed: [250, 750].map(Duration::from_millis).to_vec(),
            failed_jitter: Duration::from_millis(250),
        }
    }
}

/// How far one call has come on both lists.
#[derive(Default)]
pub(super) struct Progress {
    rate_limited: usize,
    failed: usize,
}

/// What to do after a 429.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Wait(Duration),
    GiveUp { retry_after: Duration },
}

impl Progress {
    /// The wait after a 429: what Duo asks for, else the next of the list; given up when the list is through or the
    /// wait does not fit into what is left.
    pub(super) fn rate_limited(
        &mut self,
        backoff: &Backoff,
        jitter: &Jitter,
        asked: Option<Duration>,
        left: Duration,
    ) -> Next {
        let scheduled = backoff.rate_limited.get(self.rate_limited).copied();
        self.rate_limited += 1;
        let retry_after = asked.or(scheduled).or_else(|| backoff.rate_limited.last().copied()).unwrap_or_default();
        let wait = retry_after + jitter(backoff.rate_limited_jitter);
        if scheduled.is_some() && wait < left { Next::Wait(wait) } else { Next::GiveUp { retry_after } }
    }

    /// The wait before another attempt at what failed safely; `None` when there were enough.
    pub(super) fn failed(&mut self, backoff: &Backoff, jitter: &Jitter, left: Duration) -> Option<Duration> {
        let wait = backoff.failed.get(self.failed).copied()? + jitter(backoff.failed_jitter);
        self.failed += 1;
        (wait < left).then_some(wait)
    }
}

/// What `X-Retry-After` or `Retry-After` ask for: seconds or a date. Longer than an hour is taken as an hour.
pub(super) fn asked_wait(headers: &http::HeaderMap, now_ms: i64) -> Option<Duration> {
    let wait = ["x-retry-after", "retry-after"].into_iter().find_map(|name| {
        let text = headers.get(name)?.to_str().ok()?.trim();
        text.parse::<u64>().ok().map(Duration::from_secs).or_else(|| {
            let until = read_http_date(text)?;
            Some(Duration::from_millis(u64::try_from(until.saturating_sub(now_ms)).unwrap_or(0)))
        })
    })?;
    Some(wait.min(Duration::from_hours(1)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const LONG: Duration = Duration::from_secs(1000);

    fn no_jitter() -> Jitter {
        Arc::new(|_| Duration::ZERO)
    }

    #[test]
    fn the_default_is_the_schedule_of_the_official_clients() {
        let (backoff, mut progress) = (Backoff::default(), Progress::default());
        let mut seconds = Vec::new();
        while let Next::Wait(wait) = progress.rate_limited(&backoff, &no_jitter(), None, LONG) {
            seconds.push(wait.as_secs());
        }
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32]);
    }

    #[test]
    fn what_duo_asks_for_goes_before_and_the_budget_bounds_it() {
        let (backoff, mut progress) = (Backoff::default(), Progress::default());
        let asked = Some(Duration::from_secs(7));
        assert_eq!(progress.rate_limited(&backoff, &no_jitter(), asked, LONG), Next::Wait(Duration::from_secs(7)));
        let give_up = Next::GiveUp { retry_after: Duration::from_secs(7) };
        assert_eq!(progress.rate_limited(&backoff, &no_jitter(), asked, Duration::from_secs(7)), give_up);
    }

    #[test]
    fn jitter_is_added_to_each_wait() {
        let whole: Jitter = Arc::new(|most| most);
        let (backoff, mut progress) = (Backoff::default(), Progress::default());
        assert_eq!(progress.rate_limited(&backoff, &whole, None, LONG), Next::Wait(Duration::from_secs(2)));
        assert_eq!(progress.failed(&backoff, &whole, LONG), Some(Duration::from_millis(500)));
        assert_eq!(progress.failed(&backoff, &whole, LONG), Some(Duration::from_secs(1)));
        assert_eq!(progress.failed(&backoff, &whole, LONG), None);
    }

    #[test]
    fn both_headers_are_read() {
        let headers = |name: &'static str, value: &'static str| {
            http::HeaderMap::from_iter([(http::HeaderName::from_static(name), http::HeaderValue::from_static(value))])
        };
        let now = 1_345_570_158_000;
        assert_eq!(asked_wait(&headers("x-retry-after", "5"), now), Some(Duration::from_secs(5)));
        assert_eq!(
            asked_wait(&headers("retry-after", "Tue, 21 Aug 2012 17:29:28 GMT"), now),
            Some(Duration::from_secs(10))
        );
        assert_eq!(asked_wait(&headers("retry-after", "Tue, 21 Aug 2012 17:29:08 GMT"), now), Some(Duration::ZERO));
        assert_eq!(asked_wait(&headers("retry-after", "soon"), now), None);
        assert_eq!(asked_wait(&headers("retry-after", "99999999"), now), Some(Duration::from_hours(1)));
    }
}
