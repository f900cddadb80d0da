//! The world on disk: read once, written whole and atomically.

use std::fs;
use std::io;
use std::path::Path;

use super::account::World;
use super::names::Names;

/// Reads a saved world; nothing if there is no file yet.
pub(crate) fn read_world(path: &Path) -> io::Result<Option<World>> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut world: World = serde_json::from_slice(&text).map_err(io::Error::other)?;
    for account in world.accounts.values_mut() {
        account.names = Names::of(account.users.values());
    }
    Ok(Some(world))
}

/// Writes the text of a world beside its file and then into its place.
pub(crate) fn write_world(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("new");
    fs::write(&beside, text)?;
    fs::File::open(&beside)?.sync_all()?;
    fs::rename(&beside, path)
}
