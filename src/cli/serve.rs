//! `serve`: the gateway itself.

use super::desk::settings;
use super::global::Global;
use crate::server::{Listeners, Server, asked_to_stop, check_keys};
use crate::telemetry;

/// What moves each listener, for the message about a port that is taken.
const FLAGS: [&str; 3] = [
    "--set server.public.listen=ADDRESS:PORT",
    "--set server.admin.listen=ADDRESS:PORT",
    "--set server.keys.listen=ADDRESS:PORT",
];

/// Serves until the process is asked to stop.
pub(super) async fn run(global: &Global) -> anyhow::Result<()> {
    let mut settings = settings(global)?;
    telemetry::install(&settings.log)?;
    check_keys(&settings)?;
    let listeners = Listeners::bind(&mut settings, FLAGS).await?;
    Server::start(settings, listeners).run_until(asked_to_stop()).await?;
    Ok(())
}
