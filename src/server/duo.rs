//! The client of Duo's, as the settings want it.

use std::sync::Arc;
use std::time::Duration;

use duo_api::client::{HostPattern, Timeouts};
use duo_api::{ClientSettings, ConnectOverride, DuoClient, Jitter};

use super::error::BootError;
use crate::config::{self, Settings};
use crate::domain::clock::Clock;
use crate::domain::random::Random;
use crate::grants;

/// A client that reaches Duo, or what the settings put in its place, which is warned about.
pub(super) fn client(settings: &Settings, clock: &Clock, random: &Random) -> Result<DuoClient, BootError> {
    let mut overrides = Vec::new();
    for entry in settings.net.connect_override.iter().filter(|entry| is_duos(&entry.host)) {
        tracing::warn!(duo.host = %entry.host, address = %entry.address, "Connections to this host go to this address");
        let ca_pem = authority(entry)?;
        overrides.push(ConnectOverride { host: HostPattern::parse(&entry.host)?, addr: entry.address, ca_pem });
    }
    let duo = &settings.duo;
    let timeouts = Timeouts {
        connect: duo.connect_timeout_seconds.duration(),
        first_byte: duo.first_byte_timeout_seconds.duration(),
        ordinary: duo.call_timeout_seconds.duration(),
        long_poll: duo.long_poll_timeout_seconds.duration(),
    };
    let chosen = ClientSettings {
        timeouts,
        max_answer_bytes: duo.max_answer_bytes,
        overrides,
        ..ClientSettings::new(Arc::new(clock.clone()), jitter(random.clone()))
    };
    Ok(DuoClient::new(chosen)?)
}

/// The names that lead elsewhere when clients' documents are fetched: each by itself, because a star is for Duo's.
pub(super) fn documents(settings: &Settings) -> Result<Vec<grants::Override>, BootError> {
    let mut overrides = Vec::new();
    for entry in settings.net.connect_override.iter().filter(|entry| !is_duos(&entry.host)) {
        tracing::warn!(host = %entry.host, address = %entry.address, "Clients' documents of this host come from this address");
        overrides.push(grants::overridden(&entry.host, entry.address, authority(entry)?));
    }
    Ok(overrides)
}

fn is_duos(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "*" || host.ends_with(".duosecurity.com") || host.ends_with(".duofederal.com")
}

fn authority(entry: &config::ConnectOverride) -> Result<Option<String>, BootError> {
    let Some(path) = &entry.ca_file else { return Ok(None) };
    let read = std::fs::read_to_string(path);
    read.map(Some).map_err(|source| BootError::File { path: path.clone(), source })
}

/// A random duration below the one given.
fn jitter(random: Random) -> Jitter {
    Arc::new(move |longest: Duration| {
        // Without random bytes everybody waits for the full time, which is still right.
        let share = random.bytes::<4>().map_or(u32::MAX, u32::from_le_bytes);
        longest.mul_f64(f64::from(share) / f64::from(u32::MAX))
    })
}
