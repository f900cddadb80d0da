//! What the commands that act on the database work with.

use anyhow::{Context, bail};

use super::global::Global;
use crate::config::{LogLevel, LogSettings, Settings, Sources, load};
use crate::domain::tenant::Tenant;
use crate::server::Parts;
use crate::telemetry;
use crate::tenants::TenantError;

/// The parts of the house without its listeners.
pub(super) struct Desk {
    pub(super) parts: Parts,
}

impl Desk {
    /// Opens the database and the keys that the settings name.
    pub(super) async fn open(global: &Global) -> anyhow::Result<Self> {
        let settings = settings(global)?;
        quiet_log(&settings)?;
        Ok(Self { parts: Parts::open(&settings).await? })
    }

    /// The tenant with this short name or id.
    pub(super) async fn tenant(&self, text: &str) -> anyhow::Result<Tenant> {
        match self.parts.acts.find_tenant(text).await {
            Err(TenantError::Unknown) => bail!("there is no tenant `{text}`; `tenants list` shows them"),
            other => Ok(other?),
        }
    }

    /// Writes what is left to write, and lets go of the database.
    pub(super) async fn close(self) {
        self.parts.close().await;
    }
}

/// The settings of this process.
pub(super) fn settings(global: &Global) -> anyhow::Result<Settings> {
    let mut flags = global.set.clone();
    if let Some(dir) = &global.data_dir {
        let dir = dir.to_str().context("--data-dir is no text")?;
        flags.push(format!("data_dir={dir}"));
    }
    Ok(load(&Sources::of_process(global.config.clone(), flags))?)
}

/// The log of a command: warnings and errors, so that its answer is not lost among lines of a server's log.
pub(super) fn quiet_log(settings: &Settings) -> anyhow::Result<()> {
    let level = settings.log.level.min(LogLevel::Warn);
    Ok(telemetry::install(&LogSettings { level, ..settings.log.clone() })?)
}
