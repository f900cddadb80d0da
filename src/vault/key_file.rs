//! Making a key-encryption key of one's own: a file that only its owner may read.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::error::{RingError, VaultError};
use crate::domain::random::Random;

/// Makes a file with a fresh key, mode 0600. A file that is already there is an error and is left as it is: writing over
/// a key would lose whatever it sealed.
pub fn make_key_file(id: &str, path: &Path, random: &Random) -> Result<(), VaultError> {
    let key = Zeroizing::new(random.bytes::<32>()?);
    let text = Zeroizing::new(format!("{}\n", STANDARD.encode(key.as_slice())));
    let failed =
        |error: std::io::Error| RingError::File { id: id.to_owned(), path: path.to_owned(), reason: error.to_string() };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    // The name is made to last as well as the bytes: a data directory without its key cannot be opened again.
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    Ok(())
}
