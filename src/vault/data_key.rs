//! Data keys: one per tenant, wrapped by the ring, in the clear only in memory.

use std::fmt;

use zeroize::Zeroizing;

use super::envelope::associated;
use crate::domain::connection::Sealed;
use crate::domain::ids::TenantId;

/// A tenant's data key, ready to seal and open. It cannot be copied or printed, and is wiped when dropped.
pub struct DataKey {
    pub(super) tenant: TenantId,
    pub(super) version: i64,
    pub(super) key: Zeroizing<[u8; 32]>,
}

impl DataKey {
    /// Whose key it is.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Which of the tenant's keys it is.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// What sealed texts call it.
    pub(super) fn name(&self) -> String {
        self.version.to_string()
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({}, version {})", self.tenant, self.version)
    }
}

/// A key under a key-encryption key, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped {
    /// The key-encryption key that opens it.
    pub kek_id: String,
    /// The sealed key.
    pub wrapped: Sealed,
}

/// A tenant's data key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedDataKey {
    /// Which of the tenant's keys it is.
    pub version: i64,
    /// The key-encryption key that opens it.
    pub kek_id: String,
    /// The sealed key.
    pub wrapped: Sealed,
}

/// What a wrapped data key is bound to.
pub(super) fn bound(tenant: &TenantId, version: i64, kek_id: &str) -> Vec<u8> {
    let version = version.to_be_bytes();
    associated("duo-mcp-gateway/data-key/v1", &[tenant.as_str().as_bytes(), &version, kek_id.as_bytes()])
}
