//! The demo's keys, kept so that a second start goes on with them.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use crate::domain::ids::TenantId;

const FILE: &str = "demo.json";
const LOCK: &str = "demo.lock";

/// The demo's keys. They open a simulated Duo on this machine, which is why they may lie in a file.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) tenant_id: TenantId,
    pub(super) api_key: String,
    pub(super) unattended_api_key: String,
    pub(super) read_only_api_key: String,
    pub(super) operator_key: String,
    /// Signs the owner in. Folders from before there were members have none.
    #[serde(default)]
    pub(super) owner_key: String,
    /// Makes somebody a help desk member, once.
    #[serde(default)]
    pub(super) invite: String,
}

impl Kept {
    /// What an earlier start left in this folder.
    pub(super) fn read(dir: &Path) -> anyhow::Result<Option<Self>> {
        let path = dir.join(FILE);
        match std::fs::read(&path) {
            Ok(text) => {
                Ok(Some(serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))?))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }

    /// Leaves them for the next start.
    pub(super) fn write(&self, dir: &Path) -> anyhow::Result<()> {
        write_private(&dir.join(FILE), &serde_json::to_string_pretty(self)?)
    }
}

/// Writes a file that only its owner may read, at once: a reader sees the old one or the new one.
pub(super) fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".new");
    // One that an earlier start did not finish may have another mode.
    forget(Path::new(&unfinished))?;
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        writeln!(file, "{text}")?;
        file.sync_all()?;
        std::fs::rename(&unfinished, path)
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}

/// Removes a file, if it is there.
pub(super) fn forget(path: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be removed", path.display()))
        }
        _ => Ok(()),
    }
}

/// Makes the folder, and keeps a second demo out of it for as long as the file lives.
pub(super) fn take(dir: &Path) -> anyhow::Result<File> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    let path = dir.join(LOCK);
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.with_context(|| format!("{} cannot be opened", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("another demo is running in {}; give this one a folder of its own with --data-dir", dir.display())
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("{} cannot be locked", path.display())),
    }
}
