//! What can be typed: the commands, and the flags that all of them take.

use clap::{Parser, Subcommand};

use super::global::Global;
use super::{
    admin, audit, clients, connections, credentials, export, grants, invites, keys, members, operations, passkeys,
    tenants,
};

/// A hosted, multi-tenant MCP gateway for Duo Security.
#[derive(Debug, Parser)]
#[command(name = "duo-mcp-gateway", version, about, max_term_width = 100)]
pub(super) struct Line {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
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
    /// Say what to paste into each AI client
    Clients(clients::ClientsArgs),
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
    /// Members: the people and services of a tenant
    #[command(subcommand)]
    Members(members::MembersCommand),
    /// Passkeys, by which members sign in at the pages
    #[command(subcommand)]
    Passkeys(passkeys::PasskeysCommand),
    /// Invites: into a tenant, or to make one
    #[command(subcommand)]
    Invites(invites::InvitesCommand),
    /// What members let AI clients do
    #[command(subcommand)]
    Grants(grants::GrantsCommand),
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
