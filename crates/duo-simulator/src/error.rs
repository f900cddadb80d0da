//! Why a simulator could not start or stop well.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What went wrong around the simulator, not inside the Duo that it plays.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// An address could not be listened on; most often another program has the port.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address that was wanted.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The certificate authority could not be made or read.
    #[error("cannot prepare the certificate authority: {0}")]
    Authority(String),
    /// A file could not be read or written.
    #[error("cannot use {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
