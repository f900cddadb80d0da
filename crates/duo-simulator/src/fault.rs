//! Faults on demand: what goes wrong with the next calls that fit.

use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// Nothing but a delay.
    Delay,
    /// An answer of this HTTP status with Duo's envelope.
    Status,
    /// A gateway's HTML page with status 502.
    Html502,
    /// 429 with Duo's envelope.
    RateLimit,
    /// 40105, as if the clocks differed.
    BadTimestamp,
    /// The connection is reset.
    Reset,
    /// The right answer, a few bytes at a time.
    Drip,
}

/// On which side of the work the fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum When {
    /// Nothing is done.
    #[default]
    Before,
    /// It is done, and the caller does not hear of it.
    After,
}

/// A rule for calls; the oldest that fits a call strikes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    #[serde(default)]
    pub(crate) method: Option<String>,
    /// The path, or how it begins if it ends with `*`.
    #[serde(default)]
    pub(crate) path: Option<String>,
    #[serde(default)]
    pub(crate) host: Option<String>,
    #[serde(default)]
    pub(crate) when: When,
    #[serde(default = "once")]
    pub(crate) times: u32,
    #[serde(default)]
    pub(crate) delay_ms: u64,
    /// For `status`.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    /// For `rate_limit`.
    #[serde(default)]
    pub(crate) retry_after: Option<String>,
    /// For `rate_limit`.
    #[serde(default)]
    pub(crate) x_retry_after: Option<String>,
}

fn once() -> u32 {
    1
}

impl Fault {
    fn fits(&self, method: &str, path: &str, host: &str) -> bool {
        let path_fits = |wanted: &str| match wanted.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path == wanted,
        };
        self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(path_fits)
            && self.host.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(host))
    }
}

/// The faults that are still to strike.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) waiting: Vec<Fault>,
}

impl Faults {
    /// The fault for this call, counted as struck.
    pub(crate) fn take(&mut self, method: &str, path: &str, host: &str) -> Option<Fault> {
        let index = self.waiting.iter().position(|fault| fault.fits(method, path, host))?;
        let fault = self.waiting.get_mut(index)?;
        fault.times = fault.times.saturating_sub(1);
        let taken = fault.clone();
        if fault.times == 0 {
            self.waiting.remove(index);
        }
        Some(taken)
    }
}
