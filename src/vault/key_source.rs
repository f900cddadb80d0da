//! Fetching a key-encryption key: from a file, a command or the environment.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use zeroize::Zeroizing;

use super::error::RingError;
use crate::config::RingKey;

/// How long a command may take to give its key.
const COMMAND_TIME: Duration = Duration::from_secs(10);
/// More than any key in base64: what is longer is no key, and is not read to its end.
const LONGEST: u64 = 256;
/// Room for the whole of it from the start, so that no shorter copy is left behind when the text grows.
const CAPACITY: usize = 512;

/// Looks up an environment variable; passed in, because only one place reads the process's environment.
pub type Environment<'a> = &'a (dyn Fn(&str) -> Option<Zeroizing<String>> + Send + Sync);

/// Fetches one key of the ring.
pub(super) async fn fetch(key: &RingKey, environment: Environment<'_>) -> Result<Zeroizing<[u8; 32]>, RingError> {
    match key {
        RingKey::File { id, path } => decode(id, &from_file(id, path).await?),
        RingKey::Command { id, argv } => decode(id, &from_command(id, argv).await?),
        RingKey::Env { id, var } => {
            let text = environment(var);
            let text = text.ok_or_else(|| RingError::NoVariable { id: id.clone(), var: var.clone() })?;
            decode(id, text.as_bytes())
        }
    }
}

async fn from_file(id: &str, path: &Path) -> Result<Zeroizing<Vec<u8>>, RingError> {
    let failed =
        |error: std::io::Error| RingError::File { id: id.to_owned(), path: path.to_owned(), reason: error.to_string() };
    let file = tokio::fs::File::open(path).await.map_err(failed)?;
    let mode = file.metadata().await.map_err(failed)?.permissions().mode() & 0o7777;
    if mode & 0o177 != 0 {
        return Err(RingError::TooOpen { id: id.to_owned(), path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(Vec::with_capacity(CAPACITY));
    file.take(LONGEST).read_to_end(&mut text).await.map_err(failed)?;
    Ok(text)
}

async fn from_command(id: &str, argv: &[String]) -> Result<Zeroizing<Vec<u8>>, RingError> {
    let failed = |reason: String| RingError::Command { id: id.to_owned(), reason };
    let (program, arguments) = argv.split_first().ok_or_else(|| failed("is empty".to_owned()))?;
    // The standard error stream is not read: a key fetcher that fails may print what it was given.
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("does not start: {error}")))?;
    let mut text = Zeroizing::new(Vec::with_capacity(CAPACITY));
    let reading = async {
        if let Some(out) = child.stdout.take() {
            out.take(LONGEST).read_to_end(&mut text).await?;
        }
        child.wait().await
    };
    match tokio::time::timeout(COMMAND_TIME, reading).await {
        Err(_) => Err(failed(format!("gave no key within {} seconds", COMMAND_TIME.as_secs()))),
        Ok(Err(error)) => Err(failed(format!("failed: {error}"))),
        Ok(Ok(status)) if !status.success() => Err(failed(format!("failed: {status}"))),
        Ok(Ok(_)) => Ok(text),
    }
}

fn decode(id: &str, text: &[u8]) -> Result<Zeroizing<[u8; 32]>, RingError> {
    let no_key = || RingError::NotAKey { id: id.to_owned() };
    let bytes = STANDARD.decode(text.trim_ascii()).map(Zeroizing::new).map_err(|_| no_key())?;
    let key: Zeroizing<[u8; 32]> = Zeroizing::new(bytes.as_slice().try_into().map_err(|_| no_key())?);
    if key.iter().all(|byte| *byte == key[0]) {
        return Err(RingError::Placeholder { id: id.to_owned() });
    }
    Ok(key)
}
