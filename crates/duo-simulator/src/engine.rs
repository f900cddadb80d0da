//! What all parts of a running simulator share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::fault::Faults;
use crate::limiter::Limiter;
use crate::record::Record;
use crate::settings::SimulatorSettings;
use crate::world::{World, new_world};

/// Switches that tests may set while the simulator runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Options {
    /// Log rows younger than this are withheld; Duo's own delay is two minutes.
    pub(crate) log_delay_ms: i64,
    /// How long somebody has to answer a push.
    pub(crate) login_timeout_ms: i64,
    /// How long a poll waits for the next change.
    pub(crate) poll_ms: i64,
    /// Whether a poll in which nothing happened is answered with 40002 and not with the state.
    pub(crate) poll_refuses: bool,
    /// Whether calls beyond Duo's rates get 42901.
    pub(crate) rate_limits: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { log_delay_ms: 0, login_timeout_ms: 60_000, poll_ms: 30_000, poll_refuses: false, rate_limits: false }
    }
}

/// The test bench around the world: none of it is Duo.
#[derive(Debug, Default)]
pub(crate) struct Bench {
    pub(crate) options: Options,
    pub(crate) faults: Faults,
    pub(crate) record: Record,
    pub(crate) limiter: Limiter,
}

/// The world, its clock and the bench.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) settings: SimulatorSettings,
    pub(crate) clock: Clock,
    /// Told whenever a login may have changed.
    pub(crate) changed: Notify,
    world: Mutex<World>,
    bench: Mutex<Bench>,
    dirty: AtomicBool,
}

impl Engine {
    pub(crate) fn new(settings: SimulatorSettings, saved: Option<World>) -> Self {
        let clock = Clock::default();
        let world = saved.unwrap_or_else(|| new_world(settings.seed, settings.users, clock.now_ms()));
        Self {
            settings,
            clock,
            changed: Notify::new(),
            world: Mutex::new(world),
            bench: Mutex::default(),
            dirty: AtomicBool::new(true),
        }
    }

    /// The world, alone for as long as the guard is held; never held across a wait.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn bench(&self) -> MutexGuard<'_, Bench> {
        self.bench.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn options(&self) -> Options {
        self.bench().options.clone()
    }

    /// Says that the world changed: it will be saved, and whoever waits looks again.
    pub(crate) fn touch(&self) {
        self.dirty.store(true, Ordering::Release);
        self.changed.notify_waiters();
    }

    /// The world as text if it changed since the last time.
    pub(crate) fn unsaved(&self) -> Option<Vec<u8>> {
        self.dirty.swap(false, Ordering::AcqRel).then(|| serde_json::to_vec(&*self.world()).ok()).flatten()
    }

    /// Back to the beginning: the same seed, no faults, no record, the machine's time.
    pub(crate) fn reset(&self) {
        self.clock.set_offset_ms(0);
        let fresh = new_world(self.settings.seed, self.settings.users, self.clock.now_ms());
        *self.world() = fresh;
        *self.bench() = Bench::default();
        self.touch();
    }

    /// What time does by itself.
    pub(crate) fn tick(&self) {
        let now_ms = self.clock.now_ms();
        let mut world = self.world();
        let mut changed = world.advance_logins(now_ms);
        for account in world.accounts.values_mut() {
            changed |= account.purge_trash(now_ms) > 0;
            account.expire_bypass_codes(now_ms);
        }
        drop(world);
        if changed {
            self.touch();
        }
    }
}
