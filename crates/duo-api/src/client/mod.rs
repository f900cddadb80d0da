//! The client: pooled connections, a signature per send, safe retries only.

mod answer;
mod attempt;
mod backoff;
mod connection;
mod guarded;
mod overrides;
mod public_address;
mod resolver;
mod send;
mod settings;
mod skew;

pub(crate) use answer::lenient_count;
pub use answer::{Answer, Metadata};
pub use backoff::Backoff;
pub use connection::SettingsError;
pub use guarded::{NamedOverride, guarded};
pub use overrides::{ConnectOverride, HostPattern, PatternError};
pub use send::DuoClient;
pub use settings::{ClientSettings, Timeouts};
