//! The poll by which a replica learns of changes and of the time, once a second.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::cache::CURRENT;
use super::registry::Registry;

/// How often the database is asked.
const EVERY: Duration = Duration::from_secs(1);
/// How long an answer is waited for. What is remembered ends two seconds after the last good poll began, so a later
/// answer would be of no use.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Polls until it is told to stop: keeps the registry current, corrects the clock, writes the keys' last use.
pub async fn follow(registry: Registry, stop: CancellationToken) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Nothing is remembered yet, so nothing is missed by starting at the present number.
    let (mut since, mut away, mut last_good) = (i64::MAX, false, None);
    let mut writing = tokio::spawn(std::future::ready(()));
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = ticks.tick() => {}
        }
        match once(&registry, since).await {
            Ok((counter, began)) => {
                if away {
                    tracing::info!("the database answers again");
                } else if let Some(late) = last_good.and_then(late_by) {
                    let late_ms = late.as_millis();
                    tracing::warn!(
                        late_ms,
                        "the database answered the poll too late; keys were refused with 503 meanwhile"
                    );
                }
                (since, away, last_good) = (counter, false, Some(began));
                // Beside the poll: a write that has to wait would make what is remembered too old.
                if writing.is_finished() {
                    writing = tokio::spawn(write_used(registry.clone()));
                }
            }
            Err(why) => {
                if !away {
                    tracing::warn!(why, "the database cannot be polled; keys are refused with 503 until it can");
                }
                away = true;
            }
        }
    }
    drop(writing.await);
    write_used(registry).await;
}

/// For how long what is remembered was too old, when the last good poll before this one began then.
fn late_by(last_good: Instant) -> Option<Duration> {
    last_good.elapsed().checked_sub(CURRENT)
}

/// One poll; the counter that it saw, and when it began.
async fn once(registry: &Registry, since: i64) -> Result<(i64, Instant), String> {
    let inner = registry.inner();
    let began = Instant::now();
    let pulse = timeout(PATIENCE, inner.store.house.pulse(since)).await;
    let pulse = pulse
        .map_err(|_| {
            inner.store.house.renew_pulse();
            "no answer in time".to_owned()
        })?
        .map_err(|error| error.to_string())?;
    // Half of the way there and back, as far as one can know.
    let travel = i64::try_from(began.elapsed().as_millis() / 2).unwrap_or(0);
    inner.clock.correct_to(pulse.now.plus_ms(travel));
    inner.cache.polled(began, if pulse.all { None } else { Some(&pulse.changed) });
    Ok((pulse.counter, began))
}

/// Marks of use are for people who clean up keys; one that is lost does no harm.
async fn write_used(registry: Registry) {
    let inner = registry.inner();
    let used = inner.cache.take_used();
    if let Err(error) = inner.store.keys.touch(&used, inner.clock.now()).await {
        tracing::warn!(%error, keys = used.len(), "the last use of keys was not written");
    }
    let used = inner.cache.take_used_grants();
    if let Err(error) = inner.store.grants.touch(&used, inner.clock.now()).await {
        tracing::warn!(%error, grants = used.len(), "the last use of grants was not written; it is tried again");
        // That a pair was used tells a thief from a lost answer, so this is not let go.
        inner.cache.put_back_grants(used);
    }
}
