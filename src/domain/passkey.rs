//! Passkeys: what signs a member in by a touch or a face.

use super::clock::Timestamp;
use super::ids::{MemberId, PasskeyId, TenantId};

/// A passkey as people speak of it: everything but what its signatures are checked by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Its identifier.
    pub id: PasskeyId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Whom it signs in.
    pub member: MemberId,
    /// What its holder calls it, such as the name of a device.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last signed its member in.
    pub last_used_at: Option<Timestamp>,
}
