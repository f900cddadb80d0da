//! What a simulator is started with.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

/// The knobs of a simulator; the defaults suit a test.
#[derive(Debug, Clone)]
pub struct SimulatorSettings {
    /// The address to listen on, a loopback one unless somebody knows better.
    pub bind: IpAddr,
    /// The port of plain HTTP, of the control endpoints and of the phone page; 0 takes a free one.
    pub http_port: u16,
    /// The port of HTTPS and of the CONNECT proxy; 0 takes a free one.
    pub https_port: u16,
    /// One seed gives one world: keys, ids, hosts and people.
    pub seed: u64,
    /// How many people the parent account has.
    pub users: usize,
    /// Where the world is kept between runs.
    pub state_file: Option<PathBuf>,
    /// Where the certificate authority is kept between runs, as `ca.pem` and `ca-key.pem`.
    pub ca_dir: Option<PathBuf>,
    /// Whether answers carry a header that says what they are from.
    pub banner: bool,
}

impl Default for SimulatorSettings {
    fn default() -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            http_port: 0,
            https_port: 0,
            seed: 1,
            users: 250,
            state_file: None,
            ca_dir: None,
            banner: false,
        }
    }
}
