//! The flags that every command takes.

use std::path::PathBuf;

use clap::Args;

/// The flags that every command takes.
#[derive(Debug, Clone, Args)]
pub(super) struct Global {
    /// Settings file (TOML); left out, the one that DUO_MCP_CONFIG names
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Sets one setting, such as server.public.listen=127.0.0.1:9090; may be given several times
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// Folder for what the gateway keeps on disk
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) data_dir: Option<PathBuf>,
    /// Answers in JSON, for machines
    #[arg(long, global = true)]
    pub(super) json: bool,
}
