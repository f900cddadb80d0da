//! What can be typed: the commands, and the flags that all of them take.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::{admin, audit, connections, credentials, export, keys, operations, tenants};

/// A hosted, multi-tenant MCP gateway for Duo Security.
#[derive(Debug, Parser)]
#[command(name = "duo-mcp-gateway", version, about, max_term_width = 100)]
pub(super) struct Line {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

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

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve MCP to AI clients, and the admin listener to operators
    Serve,
    /// Try everything: a simulated Duo and a gateway in front of it, in one process
    #[cfg(feature = "demo")]
    Demo(super::demo::DemoArgs),
    /// Bring the database's tables up to date
    Migrate,
    #[command(flatten)]
    Desk(DeskCommand),
    /// Write reference pages out of the program
    Export(export::ExportArgs),
}

/// The commands that act on the database.
#[derive(Debug, Subcommand)]
pub(super) enum DeskCommand {
    /// Operators of this installation
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Tenants: one for each subscriber
    #[command(subcommand)]
    Tenants(tenants::TenantsCommand),
    /// Connections: one for each Duo account of a tenant
    #[command(subcommand)]
    Connections(connections::ConnectionsCommand),
    /// Duo credentials: they go in and never come out
    #[command(subcommand)]
    Credentials(credentials::CredentialsCommand),
    /// API keys, with which AI clients sign in
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Changes that wait for a person
    #[command(subcommand)]
    Operations(operations::OperationsCommand),
    /// What happened
    #[command(subcommand)]
    Audit(audit::AuditCommand),
}
