//! The vault: makes and opens data keys, seals and opens what stands under them.

use std::fmt;

use zeroize::Zeroizing;

use super::data_key::{self, DataKey, Wrapped, WrappedDataKey};
use super::envelope::{self, Place};
use super::error::VaultError;
use super::house::{self, HouseKeys, Root};
use super::ring::Ring;
use crate::domain::connection::Sealed;
use crate::domain::ids::TenantId;
use crate::domain::random::Random;

/// The one place where secrets are sealed and opened.
pub struct Vault {
    ring: Ring,
    random: Random,
}

impl Vault {
    /// A vault over these keys, with its nonces and new keys drawn from `random`.
    pub fn new(ring: Ring, random: Random) -> Self {
        Self { ring, random }
    }

    /// The keys that wrap and unwrap.
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// A fresh data key for a tenant: in the clear, and as it is stored.
    pub fn new_data_key(&self, tenant: &TenantId, version: i64) -> Result<(DataKey, WrappedDataKey), VaultError> {
        let key = Zeroizing::new(self.random.bytes::<32>()?);
        let Wrapped { kek_id, wrapped } =
            self.ring.wrap(|kek_id| data_key::bound(tenant, version, kek_id), &key, &self.random)?;
        Ok((DataKey { tenant: tenant.clone(), version, key }, WrappedDataKey { version, kek_id, wrapped }))
    }

    /// Opens a tenant's stored data key.
    pub fn unwrap_data_key(&self, tenant: &TenantId, row: &WrappedDataKey) -> Result<DataKey, VaultError> {
        let bound = data_key::bound(tenant, row.version, &row.kek_id);
        let key = self.ring.unwrap(&row.kek_id, &bound, &row.wrapped, "a tenant's data key")?;
        Ok(DataKey { tenant: tenant.clone(), version: row.version, key })
    }

    /// A fresh root secret, as it is stored. What it gives is had by opening the one that was stored first.
    pub fn new_root(&self) -> Result<Wrapped, VaultError> {
        let root: Root = Zeroizing::new(self.random.bytes::<32>()?);
        self.ring.wrap(house::bound, &root, &self.random)
    }

    /// The keys of the house, from the stored root secret.
    pub fn house_keys(&self, root: &Wrapped) -> Result<HouseKeys, VaultError> {
        let opened = self.ring.unwrap(&root.kek_id, &house::bound(&root.kek_id), &root.wrapped, "the root secret")?;
        Ok(HouseKeys::derive(&opened))
    }

    /// Seals a secret into its place.
    pub fn seal(&self, key: &DataKey, place: Place<'_>, plain: &[u8]) -> Result<Sealed, VaultError> {
        if *place.tenant != key.tenant {
            return Err(VaultError::DoesNotOpen { what: "a place of another tenant" });
        }
        let name = key.name();
        envelope::seal(&key.key, &name, &place.bound(&name), plain, &self.random)
    }

    /// Opens a secret that was sealed into this place with this key.
    pub fn open(&self, key: &DataKey, place: Place<'_>, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let what = "a sealed secret";
        if *place.tenant != key.tenant {
            return Err(VaultError::DoesNotOpen { what });
        }
        let name = key.name();
        envelope::open(&key.key, &name, &place.bound(&name), sealed, what)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("ring", &self.ring).finish_non_exhaustive()
    }
}
