//! Opening the parts, again and again while what is missing may still come.

use std::time::Duration;

use super::error::BootError;
use super::health::{Health, Phase};
use super::parts::Parts;
use crate::config::Settings;

/// How long to wait between two attempts.
const PAUSE: Duration = Duration::from_secs(2);

/// Opens the parts. What an operator can mend while the process lives (a database that is away, a key that is not there)
/// is told by `/readyz` and tried again; nothing is changed meanwhile. What cannot be mended that way is an error.
pub(super) async fn until_open(settings: &Settings, health: &Health) -> Result<Parts, BootError> {
    loop {
        match Parts::open(settings).await {
            Ok(parts) => return Ok(parts),
            Err(error) if error.may_pass() => {
                tracing::error!(error = &error as &dyn std::error::Error, "Not ready; trying again");
                health.set(Phase::Held(error.to_string()));
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
}
