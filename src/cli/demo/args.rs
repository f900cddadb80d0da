//! What `demo` takes.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(in crate::cli) struct DemoArgs {
    /// First port: MCP takes it, the admin listener the second after it, the simulated Duo the tenth and eleventh; 0 takes free ones
    #[arg(long, default_value_t = 8080, value_name = "PORT")]
    pub(super) port_base: u16,
    /// Also writes addresses and keys to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(super) facts: Option<PathBuf>,
    /// Also takes access tokens of https://id.example.com, found at this address: its `demo-person` is the demo's owner; its certificate is identity-provider.pem in the data folder. With identity-provider.secret there too, people sign in on the pages by it, as its client `duo-mcp-gateway` with that secret
    #[arg(long, value_name = "ADDRESS")]
    pub(super) identity_provider: Option<SocketAddr>,
}
