//! Envelope encryption: the only place where a sealed secret is opened.
//!
//! A ring of key-encryption keys wraps one data key per tenant and the root secret of the house; a data key seals that
//! tenant's secrets. What is sealed is bound to its owner, so a row that was copied elsewhere does not open.

mod credential;
mod data_key;
mod envelope;
mod error;
mod house;
mod key_file;
mod key_source;
mod keyed_hash;
mod ring;
mod seal;

pub use credential::{SealedKeys, fingerprint};
pub use data_key::{DataKey, Wrapped, WrappedDataKey};
pub use envelope::Place;
pub use error::{RingError, VaultError};
pub use house::HouseKeys;
pub use key_file::make_key_file;
pub use key_source::Environment;
pub use keyed_hash::{hex, keyed_hash, unhex};
pub use ring::Ring;
pub use seal::Vault;
