//! Exit codes: what a shell learns of a failure.

use crate::config::ConfigError;
use crate::server::BootError;

/// It failed.
pub(super) const FAILURE: u8 = 1;
/// What was typed is no command.
pub(super) const USAGE: u8 = 2;
/// The settings cannot be used (`EX_CONFIG` of sysexits.h).
pub(super) const CONFIGURATION: u8 = 78;

/// The exit code of a failure.
pub(super) fn code(error: &anyhow::Error) -> u8 {
    let is_configuration = error.chain().any(|cause| {
        cause.is::<ConfigError>() || cause.downcast_ref::<BootError>().is_some_and(BootError::is_configuration)
    });
    if is_configuration { CONFIGURATION } else { FAILURE }
}

/// A failure with its causes, in one line.
pub(super) fn told(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        // Some errors repeat their cause in their own words.
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}
