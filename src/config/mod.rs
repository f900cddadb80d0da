//! Settings: what an operator may choose, by section, and how it is loaded.

mod audit;
mod cidr;
mod database;
mod duo;
mod error;
mod keys;
mod layers;
mod log;
mod network;
mod oauth;
mod operations;
mod schema;
mod server;
mod settings;
mod units;
mod validation;

pub mod environment;
pub mod reference;

pub use audit::AuditSettings;
pub use cidr::Cidr;
pub use database::{DatabaseSettings, DatabaseUrl};
pub use duo::DuoSettings;
pub use error::ConfigError;
pub use keys::{KeySettings, RingKey};
pub use layers::{Sources, load};
pub use log::{LogFormat, LogLevel, LogSettings};
pub use network::{ConnectOverride, NetSettings};
pub use oauth::{ClientDocuments, ClientLifetime, IdentityProvider, OauthSettings, OidcSettings};
pub use operations::{OperationSettings, PushSettings};
pub use server::{AdminListener, KeysListener, Limits, PublicListener, ServerSettings};
pub use settings::{SelfService, Settings};
pub use units::{Hours, Millis, Minutes, Seconds};

#[cfg(test)]
mod tests;
