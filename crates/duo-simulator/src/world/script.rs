//! Scripts: what a person will do with the next login requests, said beforehand.

use serde::{Deserialize, Serialize};

/// What becomes of a login request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScriptOutcome {
    Approve,
    Deny,
    Fraud,
    Timeout,
    PushFailed,
    Lockout,
    /// Wait for the phone page, as without a script.
    Wait,
}

/// A rule for login requests; the first that fits one is used.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    /// A username or alias in any case, or a user id; anybody, if absent.
    #[serde(default)]
    pub(crate) user: Option<String>,
    /// A phone id; any, if absent.
    #[serde(default)]
    pub(crate) device: Option<String>,
    /// `push` or `phone`; any, if absent.
    #[serde(default)]
    pub(crate) factor: Option<String>,
    pub(crate) outcome: ScriptOutcome,
    /// How long the person takes.
    #[serde(default)]
    pub(crate) after_ms: i64,
    /// For how many requests; for ever, if absent.
    #[serde(default)]
    pub(crate) times: Option<u32>,
}

impl Script {
    fn fits(&self, names: &[&str], device: &str, factor: &str) -> bool {
        self.user.as_deref().is_none_or(|user| names.iter().any(|name| name.eq_ignore_ascii_case(user)))
            && self.device.as_deref().is_none_or(|wanted| wanted == device)
            && self.factor.as_deref().is_none_or(|wanted| wanted == factor)
    }
}

/// Takes the script for one login request, counting it as used.
pub(crate) fn take_script(
    scripts: &mut Vec<Script>,
    names: &[&str],
    device: &str,
    factor: &str,
) -> Option<(ScriptOutcome, i64)> {
    let index = scripts.iter().position(|script| script.fits(names, device, factor))?;
    let script = scripts.get_mut(index)?;
    let taken = (script.outcome, script.after_ms);
    if let Some(times) = &mut script.times {
        *times = times.saturating_sub(1);
        if *times == 0 {
            scripts.remove(index);
        }
    }
    Some(taken)
}
